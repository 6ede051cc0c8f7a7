use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use push::{read_auth, read_p256dh};
use serde::{Deserialize, Serialize};
use storage::StorageError;
use storage::push_subscriptions::{self, NewSubscription};
use url::Url;
use utoipa::ToSchema;

use crate::extract::{Body, Fields, Session, Validate};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Longest address of a push service.
const LONGEST_ENDPOINT: usize = 2000;

/// A subscription as the browser has it (`PushSubscription.toJSON()`).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "endpoint": "https://fcm.googleapis.com/fcm/send/dpH5lCsTSSM",
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg"
    }
}))]
pub(crate) struct BrowserSubscription {
    /// Where its push service takes messages: https, on the public internet.
    endpoint: String,
    keys: Keys,
    /// Not used: a push service tells when a subscription is over.
    #[serde(default, rename = "expirationTime")]
    #[schema(value_type = Option<f64>)]
    _expiration_time: Option<f64>,
}

/// The keys of a subscription.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Keys {
    /// The browser's public key: an uncompressed point of P-256, base64url.
    p256dh: String,
    /// What the browser shares with us: 16 bytes, base64url.
    auth: String,
}

impl Validate for BrowserSubscription {
    fn validate(&self, fields: &mut Fields) {
        fields.check_length(Some(&self.endpoint), LONGEST_ENDPOINT, "endpoint");
        if let Err(error) = read_p256dh(&self.keys.p256dh) {
            fields.check(false, "keys.p256dh", &error.to_string());
        }
        if let Err(error) = read_auth(&self.keys.auth) {
            fields.check(false, "keys.auth", &error.to_string());
        }
    }
}

/// A subscription as it is kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct SubscriptionView {
    id: i64,
    /// The host of its push service.
    #[schema(example = "fcm.googleapis.com")]
    push_service: String,
    created_at: DateTime<Utc>,
}

/// Subscribe a browser
///
/// Notifications are pushed to it until its session ends. A browser that was subscribed before, by whomever, belongs to who is
/// signed in on it now.
#[utoipa::path(
    tag = "notifications", operation_id = "subscribe_push", request_body = BrowserSubscription,
    responses(
        (status = 201, description = "Subscribed", body = SubscriptionView),
        (status = 200, description = "It was subscribed already; the keys are the new ones", body = SubscriptionView),
    )
)]
#[post("/api/push/subscriptions")]
pub(crate) async fn subscribe(
    gateway: web::Data<Gateway>,
    session: Session,
    body: Body<BrowserSubscription>,
) -> Result<HttpResponse> {
    let client = super::client(&gateway)?;
    let wanted = body.value;
    let wrong = |message: &str| Problem::field(Code::ValidationFailed, "endpoint", message);
    let endpoint = Url::parse(&wanted.endpoint).map_err(|_| wrong("must be an https address"))?;
    client
        .check(&endpoint)
        .map_err(|refused| wrong(&refused.to_string()))?;
    let internal = |error| Problem::internal(&error);
    let new = NewSubscription {
        user: session.user,
        session_hash: session.hash.clone(),
        endpoint: endpoint.into(),
        p256dh: read_p256dh(&wanted.keys.p256dh).map_err(internal)?,
        auth: read_auth(&wanted.keys.auth).map_err(internal)?,
    };
    let now = gateway.clock.now();
    let kept = gateway
        .db
        .tenant(session.business()?, move |tx| {
            push_subscriptions::put(tx, now, &new)
        })
        .await;
    let (row, is_new) = match kept {
        // The session has ended in this very moment.
        Err(StorageError::BrokenReference { .. }) => return Err(Code::Unauthenticated.into()),
        kept => kept?,
    };
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok(HttpResponse::build(status).json(SubscriptionView {
        id: row.id,
        push_service: host(&row.endpoint),
        created_at: row.created_at,
    }))
}

/// The host of an address; the rest of it is a secret of the browser.
pub(super) fn host(endpoint: &str) -> String {
    let url = Url::parse(endpoint).ok();
    url.and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}
