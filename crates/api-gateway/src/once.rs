//! Writes that happen once however often they are sent: the answer is stored with the effect, under the caller's key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use domain::ids::BusinessId;
use serde::Serialize;
use storage::idempotency::{self, Known};
use storage::{StorageError, TenantTx};

use crate::extract::IdempotencyKey;
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// What a write answers.
pub(crate) struct Answer {
    status: u16,
    body: serde_json::Value,
    shown_once: Option<&'static str>,
}

impl Answer {
    /// An answer with a JSON body.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        Ok(Self {
            status: status.as_u16(),
            body: serde_json::to_value(body).map_err(|error| Problem::internal(&error))?,
            shown_once: None,
        })
    }

    /// Keeps a secret member out of what is stored: a repeated request gets the answer without it.
    pub(crate) const fn shown_once(mut self, member: &'static str) -> Self {
        self.shown_once = Some(member);
        self
    }

    fn to_store(&self) -> serde_json::Value {
        let mut body = self.body.clone();
        if let (Some(body), Some(secret)) = (body.as_object_mut(), self.shown_once) {
            body.remove(secret);
        }
        body
    }

    fn send(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        HttpResponse::build(status).json(self.body)
    }
}

/// The answer that a request with this key got before, for work that takes more than one transaction: done twice, such work
/// finds the most of it done.
pub(crate) async fn answered(
    gateway: &Gateway,
    business: BusinessId,
    key: &IdempotencyKey,
    fingerprint: [u8; 32],
) -> Result<Option<HttpResponse>> {
    let (now, key) = (gateway.clock.now(), key.0.clone());
    let known = gateway.db.tenant(business, move |tx| match key {
        None => Ok(None),
        Some(key) => before(tx, now, &key, fingerprint),
    });
    Ok(known.await?.map(Answer::send))
}

/// Keeps the answer of work that took more than one transaction, unless the same request was answered meanwhile.
pub(crate) async fn keep(
    gateway: &Gateway,
    business: BusinessId,
    key: IdempotencyKey,
    fingerprint: [u8; 32],
    answer: Answer,
) -> Result<HttpResponse> {
    once(gateway, business, key, fingerprint, |_| Ok(answer)).await
}

/// Runs `work` in a transaction of the business. With a key, a second request with the same fingerprint gets the first
/// one's answer, and one with another fingerprint is refused. Problems are not stored: a mended request may use the key.
pub(crate) async fn once<F>(
    gateway: &Gateway,
    business: BusinessId,
    key: IdempotencyKey,
    fingerprint: [u8; 32],
    work: F,
) -> Result<HttpResponse>
where
    F: FnOnce(&mut TenantTx<'_>) -> Result<Answer> + Send + 'static,
{
    let now = gateway.clock.now();
    let answer = gateway
        .db
        .tenant(business, move |tx| {
            let Some(key) = key.0 else {
                return work(tx);
            };
            if let Some(answer) = before(tx, now, &key, fingerprint)? {
                return Ok(answer);
            }
            let answer = work(tx)?;
            let status = i16::try_from(answer.status)
                .map_err(|_| StorageError::Corrupt(format!("status {}", answer.status)))?;
            idempotency::keep(tx, now, &key, &fingerprint, status, &answer.to_store())?;
            Ok(answer)
        })
        .await?;
    Ok(answer.send())
}

/// The answer that the request got before, if it was sent before.
fn before(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    key: &str,
    fingerprint: [u8; 32],
) -> Result<Option<Answer>> {
    match idempotency::look_up(tx, now, key, &fingerprint)? {
        Known::Answered { status, body } => Ok(Some(Answer {
            status: u16::try_from(status)
                .map_err(|_| StorageError::Corrupt(format!("status {status}")))?,
            body,
            shown_once: None,
        })),
        Known::OtherRequest => Err(Code::IdempotencyKeyReused.into()),
        Known::New => Ok(None),
    }
}
