//! Tells the users of a business that a lead has moved.

use chrono::{DateTime, Utc};
use domain::decision::{Column, Decision};
use domain::events::{NotificationRequested, StatusSuggested};
use domain::ids::UserId;
use domain::messages::{self, Language};
use storage::decisions::Context;
use storage::lead_contact::LockedLead;
use storage::{Result, TenantTx, notifications};

/// One notification per language that the business's users read.
pub(crate) fn users(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    context: &Context,
    verdict: &Decision,
) -> Result<()> {
    let recipients = notifications::recipients(tx)?;
    for language in Language::ALL {
        let user_ids: Vec<UserId> = recipients
            .iter()
            .filter(|recipient| recipient.language.unwrap_or(context.language) == language)
            .map(|recipient| recipient.user)
            .collect();
        let (title, body) = wording(language, suggested, lead, &context.board, verdict);
        let notification = NotificationRequested {
            business_id: tx.business,
            lead_id: Some(suggested.lead_id),
            user_ids,
            title,
            body,
            url: format!("/leads/{}", suggested.lead_id),
        };
        notifications::add(tx, now, notification)?;
    }
    Ok(())
}

/// Title and body: who, from where to where, why, how sure.
fn wording(
    language: Language,
    suggested: &StatusSuggested,
    lead: &LockedLead,
    board: &[Column],
    verdict: &Decision,
) -> (String, String) {
    let name = match lead.full_name.as_str() {
        "" => messages::text(language, "lead-without-name", &[]),
        name => name.to_owned(),
    };
    let label = |status: Option<&str>| match status {
        None => messages::text(language, "no-status", &[]),
        Some(status) => board
            .iter()
            .find(|column| column.name == status)
            .map_or(status, |column| column.label.as_str())
            .to_owned(),
    };
    let (from, to) = (
        label(lead.status.as_deref()),
        label(verdict.recommended_name.as_deref()),
    );
    let source = suggested.change_source().as_str();
    let source = messages::text(language, &format!("source-{source}"), &[]);
    let title = messages::text(
        language,
        "notification-status-title",
        &[("lead", name.as_str().into()), ("to", to.as_str().into())],
    );
    let mut values = vec![
        ("lead", name.as_str().into()),
        ("from", from.as_str().into()),
        ("to", to.as_str().into()),
        ("source", source.as_str().into()),
    ];
    let body = match verdict.confidence {
        None => messages::text(language, "notification-status-body-plain", &values),
        Some(confidence) => {
            let percent = format!("{:.0}", confidence * 100.0);
            values.push(("confidence", percent.into()));
            messages::text(language, "notification-status-body", &values)
        }
    };
    (title, body)
}
