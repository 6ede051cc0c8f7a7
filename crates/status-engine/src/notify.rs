//! Tells the users of a business that a lead has moved, as each prefers.

use chrono::{DateTime, Utc};
use domain::decision::Column;
use domain::events::ChangeSource;
use domain::ids::{LeadId, UserId};
use domain::notifications::Moved;
use storage::decisions::Context;
use storage::notifications::{self, Told};
use storage::{Result, TenantTx};

/// A lead has moved.
pub(crate) struct Change<'a> {
    pub(crate) lead: LeadId,
    /// May be empty.
    pub(crate) lead_name: &'a str,
    /// The status before, by name.
    pub(crate) from: Option<&'a str>,
    /// The status now, by name.
    pub(crate) to: &'a str,
    pub(crate) source: ChangeSource,
    pub(crate) confidence: Option<f64>,
    /// The person who did it, who is not told.
    pub(crate) by: Option<UserId>,
}

/// Whoever wants to hear of it: on the bell now, pushed and mailed when that is due to them.
pub(crate) fn users(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    context: &Context,
    change: &Change<'_>,
) -> Result<()> {
    let zone = context.settings.time_zone;
    let told: Vec<Told> = notifications::recipients(tx)?
        .into_iter()
        .filter(|recipient| change.by != Some(recipient.user))
        .filter(|recipient| recipient.preferences.want(change.to, change.source))
        .map(|recipient| Told {
            user: recipient.user,
            language: recipient.language.unwrap_or(context.language),
            push_due: recipient.preferences.push_due(now, zone),
            mail_due: recipient.preferences.mail_due(now, zone),
        })
        .collect();
    let moved = Moved {
        lead: change.lead_name.to_owned(),
        from: change.from.map(|status| label(&context.board, status)),
        to: label(&context.board, change.to),
        source: change.source,
        confidence: change.confidence,
    };
    notifications::add(tx, now, change.lead, &moved, &told)
}

fn label(board: &[Column], status: &str) -> String {
    let column = board.iter().find(|column| column.name == status);
    column
        .map_or(status, |column| column.label.as_str())
        .to_owned()
}
