//! One attempt: signed, sent, and the first part of the answer read.

use std::time::{Duration, Instant};

use chassis::egress::{self, Egress};
use chassis::http::guarded_client;
use chrono::{DateTime, Utc};
use domain::webhooks::{self, Outcome};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use storage::webhook_deliveries::{Attempt, Claimed};
use url::Url;

use super::sign;
use crate::measures;

/// How much of an answer is kept, in bytes. More is not even read.
const EXCERPT: usize = 1024;
/// The media type of a CloudEvents document in structured mode.
const CLOUD_EVENT: &str = "application/cloudevents+json; charset=utf-8";

/// Sends to where customers say.
pub(super) struct Post {
    client: Client,
    egress: Egress,
}

impl Post {
    /// An attempt takes `timeout` at most, the answer's body included.
    pub(super) fn new(timeout: Duration, egress: Egress) -> anyhow::Result<Self> {
        Ok(Self {
            client: guarded_client(timeout, &egress)?,
            egress,
        })
    }

    /// Makes an attempt. Whatever happens is a result: it stands in the log of the deliveries.
    pub(super) async fn send(&self, claimed: &Claimed, now: DateTime<Utc>) -> (Outcome, Attempt) {
        let started = Instant::now();
        let (outcome, mut attempt) = match self.try_to_send(claimed, now).await {
            Ok(answer) => read(answer, now).await,
            Err(error) => (
                Outcome::Unanswered,
                Attempt {
                    error: Some(error),
                    ..Attempt::default()
                },
            ),
        };
        attempt.duration = started.elapsed();
        measures::WEBHOOK_ATTEMPT
            .timing(&[])
            .record(attempt.duration);
        (outcome, attempt)
    }

    async fn try_to_send(
        &self,
        claimed: &Claimed,
        now: DateTime<Utc>,
    ) -> Result<Response, &'static str> {
        let url = Url::parse(&claimed.url).map_err(|_| "address_refused")?;
        self.egress.check(&url).map_err(|_| "address_refused")?;
        let (id, timestamp) = (claimed.event_id.to_string(), now.timestamp());
        let signature =
            sign::signatures(&claimed.secrets, &id, timestamp, &claimed.body).ok_or("no_secret")?;
        self.client
            .post(url)
            .header(CONTENT_TYPE, CLOUD_EVENT)
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(claimed.body.clone())
            .send()
            .await
            .map_err(|error| why(&error))
    }
}

/// What went wrong, in one word.
fn why(error: &reqwest::Error) -> &'static str {
    if egress::refusal(error).is_some() {
        "address_refused"
    } else if error.is_timeout() {
        "timeout"
    } else if error.is_dns() {
        "unknown_host"
    } else if error.is_connect() {
        "no_connection"
    } else {
        "no_answer"
    }
}

/// The status counts as soon as it is there; what follows is for people to look at.
async fn read(mut answer: Response, now: DateTime<Utc>) -> (Outcome, Attempt) {
    let status = answer.status();
    let retry_after = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| webhooks::retry_after(value, now));
    let error = match status.as_u16() {
        200..=299 => None,
        300..=399 => Some("redirect"),
        410 => Some("gone"),
        _ => Some("status"),
    };
    let mut body = Vec::new();
    while body.len() < EXCERPT {
        match answer.chunk().await {
            Ok(Some(chunk)) => {
                body.extend_from_slice(&chunk[..chunk.len().min(EXCERPT - body.len())])
            }
            Ok(None) | Err(_) => break,
        }
    }
    let attempt = Attempt {
        status: Some(status.as_u16()),
        // PostgreSQL's texts hold every character but the null one.
        excerpt: (!body.is_empty())
            .then(|| String::from_utf8_lossy(&body).replace('\0', "\u{fffd}")),
        error,
        duration: Duration::ZERO,
    };
    let outcome = Outcome::Answered {
        status: status.as_u16(),
        retry_after,
    };
    (outcome, attempt)
}
