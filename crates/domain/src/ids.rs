//! Typed ids. Rows have 64-bit integer ids that the database mints; an attempt has an unguessable one that we mint.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What was given as the id of a row is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is a whole number, for example 17")]
pub struct NotAnId;

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self).map_err(|_| NotAnId)
            }
        }
    )+};
}

row_id!(
    /// A tenant.
    BusinessId,
    /// A person who signs in.
    UserId,
    /// A key of a program.
    ApiKeyId,
    /// A person to call.
    LeadId,
    /// An import of leads.
    ListId,
    /// A column of a business's board.
    StatusId,
    /// A bulk calling campaign.
    RunId,
    /// One lead in one run.
    JobId,
    /// One row of `call_log`: one carrier call, one ring of a phone.
    CallId,
    /// A raw webhook of the carrier.
    CallbackId,
    /// The work on one ended call or WhatsApp session.
    ConversationId,
    /// A recording of a call.
    RecordingId,
    /// One row of `lead_status_events`.
    DecisionId,
    /// A number that must not be called.
    SuppressionId,
    /// A talk on WhatsApp, from its first message to a silence.
    WhatsappSessionId,
    /// Where a business is told of its events.
    WebhookEndpointId,
    /// One event on its way to one endpoint.
    WebhookDeliveryId,
);

/// An attempt to reach a phone: unguessable, minted before the carrier is asked, part of every callback URL.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct AttemptId(pub Uuid);

impl AttemptId {
    /// A new random id (UUID v4: 122 random bits).
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that mints attempt ids"
    )]
    pub fn mint() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AttemptId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Self)
    }
}

/// The fencing token of one claim: only who holds it may record what came of the dial.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LockToken(pub Uuid);

impl LockToken {
    /// A new random token.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that mints lock tokens"
    )]
    pub fn mint() -> Self {
        Self(Uuid::new_v4())
    }
}
