use std::time::Duration;

use anyhow::Context as _;
use chassis::egress::{Egress, Refusal};
use chassis::settings::Environment;
use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::{Message, PushSettings, Subscription, VapidKey};

/// How long a push service keeps a message for a browser that is off: what moved half a day ago is on the board anyway.
const KEPT_SECONDS: u32 = 12 * 3600;
/// The longest that a push service may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// How long a push service has to answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Sends messages to browsers.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    egress: Egress,
    key: VapidKey,
    contact: Option<String>,
}

/// What came of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The push service has taken it.
    Sent,
    /// The browser has let the subscription go; it will never take anything again.
    Gone,
    /// Refused for good.
    Refused {
        /// The answer of the push service; none where the message could not be made.
        status: Option<u16>,
    },
    /// Not now.
    Later {
        /// The answer of the push service; none without one.
        status: Option<u16>,
        /// How long it asks us to wait.
        after: Option<Duration>,
    },
}

impl Client {
    /// A client that signs with the key of this installation; none where it has no key, and web push is off.
    ///
    /// # Errors
    /// When the key or the contact is none, or production is to reach private addresses.
    pub fn open(
        settings: &PushSettings,
        key: Option<&SecretString>,
        public_host: Option<&str>,
        environment: Environment,
    ) -> anyhow::Result<Option<Self>> {
        let Some(key) = key.filter(|key| !key.expose_secret().trim().is_empty()) else {
            return Ok(None);
        };
        let egress = Egress::new(environment, settings.allow_private)?;
        let egress = if settings.allow_private {
            egress
        } else {
            egress.https_only()
        };
        Ok(Some(Self {
            http: chassis::http::guarded_client(TIMEOUT, &egress)?,
            egress,
            key: VapidKey::parse(key.expose_secret())?,
            contact: settings.contact(public_host)?,
        }))
    }

    /// What browsers need to subscribe.
    #[must_use]
    pub fn public_key(&self) -> String {
        self.key.public_key()
    }

    /// Whether a push service may be at this address.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, endpoint: &Url) -> Result<(), Refusal> {
        self.egress.check(endpoint)
    }

    /// Sends a message; a shorter one where it is too long.
    pub async fn send(&self, to: &Subscription, message: &Message, now: DateTime<Utc>) -> Outcome {
        // It may have been stored under another rule; and an address without a name is not resolved.
        if self.check(&to.endpoint).is_err() {
            return Outcome::Refused { status: None };
        }
        match self.try_send(to, message, message.payload(), now).await {
            Ok(answer) if answer.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let short = message.short_payload();
                let answer = self.try_send(to, message, short, now).await;
                answer.map_or_else(|error| failed(&error), |answer| outcome(&answer))
            }
            Ok(answer) => outcome(&answer),
            Err(error) => failed(&error),
        }
    }

    async fn try_send(
        &self,
        to: &Subscription,
        message: &Message,
        payload: Vec<u8>,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Response> {
        let authorization = self
            .key
            .authorization(&to.endpoint, self.contact.as_deref(), now);
        self.http
            .post(to.endpoint.clone())
            .header(AUTHORIZATION, authorization)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .header("TTL", KEPT_SECONDS)
            .header("Urgency", message.urgency.as_str())
            .header("Topic", &message.topic)
            .body(to.encrypt(payload)?)
            .send()
            .await
            .context("the push service did not answer")
    }
}

/// What an answer means. Its body is not read: it may be anything, of any length.
fn outcome(answer: &Response) -> Outcome {
    let status = answer.status();
    match status {
        _ if status.is_success() => Outcome::Sent,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => later(answer),
        _ if status.is_server_error() => later(answer),
        _ => Outcome::Refused {
            status: Some(status.as_u16()),
        },
    }
}

fn later(answer: &Response) -> Outcome {
    let after = answer.headers().get(RETRY_AFTER);
    // The other form, a date, is one that push services do not use.
    let after = after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Outcome::Later {
        status: Some(answer.status().as_u16()),
        after: after.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
    }
}

fn failed(error: &anyhow::Error) -> Outcome {
    // The address of a subscription is a secret, and reqwest's errors tell it.
    let reason = error.downcast_ref::<reqwest::Error>().map(|error| {
        if error.is_timeout() {
            "time-out"
        } else if error.is_connect() {
            "no connection"
        } else {
            "the exchange broke off"
        }
    });
    match reason {
        Some(reason) => {
            tracing::info!(reason, "a push service did not answer");
            Outcome::Later {
                status: None,
                after: None,
            }
        }
        None => Outcome::Refused { status: None },
    }
}
