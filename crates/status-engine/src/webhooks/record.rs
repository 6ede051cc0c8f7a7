//! The end of an attempt: what becomes of the delivery, and how its endpoint fares since. One transaction.

use chrono::{DateTime, Utc};
use domain::webhooks::{self, Outcome, Verdict};
use storage::webhook_deliveries::{self, Attempt, Claimed, Settled};
use storage::webhook_endpoints::{self, Disabled};
use storage::{Result, TenantTx};
use tracing::info;

use super::notice;
use super::sender::Sender;
use crate::measures;

pub(super) async fn end(
    sender: &Sender,
    claimed: &Claimed,
    outcome: Outcome,
    attempt: &Attempt,
) -> Result<()> {
    let now = sender.clock.now();
    let verdict = webhooks::verdict(outcome, claimed.attempt(), rand::random());
    let (business, endpoint, id) = (claimed.business(), claimed.endpoint(), claimed.id());
    let (error, waited) = (attempt.error, now - claimed.created_at);
    let (claimed, attempt) = (claimed.clone(), attempt.clone());
    let settled = sender
        .db
        .tenant(business, move |tx| {
            settle(tx, now, &claimed, &attempt, verdict)
        })
        .await?;
    let result = match (settled, verdict) {
        (None, _) => "late",
        (_, Verdict::Delivered) => "delivered",
        (_, Verdict::Retry { .. }) => "retried",
        (_, Verdict::GivenUp { .. }) => "given_up",
        (_, Verdict::Gone) => "gone",
    };
    measures::WEBHOOK_ATTEMPTS
        .count(&[("result", result)])
        .increment(1);
    if result == "delivered" {
        let seconds = waited.to_std().unwrap_or_default().as_secs_f64();
        measures::WEBHOOK_AFTER.timing(&[]).record(seconds);
    } else {
        info!(
            business_id = business.0,
            endpoint_id = endpoint.0,
            delivery_id = id.0,
            result,
            error,
            "a webhook was not accepted"
        );
    }
    if let Some(Some(reason)) = settled {
        let reason = reason.as_str();
        measures::ENDPOINTS_DISABLED
            .count(&[("reason", reason)])
            .increment(1);
        info!(
            business_id = business.0,
            endpoint_id = endpoint.0,
            reason,
            "a webhook endpoint is switched off"
        );
    }
    Ok(())
}

/// Records it. None when another worker has the delivery by now, or it is gone: then it is for others to tell how the
/// endpoint fares. Else why the endpoint was switched off, if it was.
fn settle(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    claimed: &Claimed,
    attempt: &Attempt,
    verdict: Verdict,
) -> Result<Option<Option<Disabled>>> {
    let (settled, rest) = match verdict {
        Verdict::Delivered => (Settled::Delivered, None),
        Verdict::Retry { after, rest } => (Settled::RetryAt(now + after), rest),
        Verdict::GivenUp { rest } => (Settled::Failed, rest),
        Verdict::Gone => (Settled::Failed, None),
    };
    if !webhook_deliveries::settle(tx, now, claimed, attempt, settled)? {
        return Ok(None);
    }
    let id = claimed.endpoint();
    if verdict == Verdict::Delivered {
        webhook_endpoints::succeeded(tx, id)?;
        return Ok(Some(None));
    }
    let rests_until = rest.map(|rest| now + rest);
    let Some(endpoint) = webhook_endpoints::failed(tx, now, id, rests_until)? else {
        return Ok(Some(None));
    };
    let is_worn_out = endpoint
        .failing_since
        .is_some_and(|since| webhooks::is_worn_out(since, now));
    let reason = match verdict {
        Verdict::Gone => Disabled::Gone,
        _ if is_worn_out => Disabled::Failing,
        _ => return Ok(Some(None)),
    };
    if !webhook_endpoints::disable(tx, now, id, reason)? {
        return Ok(Some(None));
    }
    notice::tell(tx, now, &endpoint, reason)?;
    Ok(Some(Some(reason)))
}
