pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod order;
pub(crate) mod patch;
mod query;

use domain::ids::UserId;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use storage::lead_counts;
use storage::lead_status::{ClosedColumn, move_all};
use storage::statuses::{self, Status};
use storage::{StorageError, TenantTx};
use utoipa::ToSchema;

use crate::extract::Fields;
use crate::problem::{Code, Problem, Result};

/// Longest label, in characters.
const LONGEST_LABEL: usize = 80;

/// A column of the board.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusView {
    /// Stable key, never shown.
    name: String,
    /// What people see.
    label: String,
    /// `#rrggbb`.
    color: String,
    /// Its place on the board.
    order_index: i32,
    /// Automation relies on its name.
    is_system: bool,
    /// New leads start here.
    is_default: bool,
    /// Leads can stand here.
    is_active: bool,
    /// Automation never moves a lead out of it.
    is_protected: bool,
    /// How many leads stand here.
    lead_count: i64,
    /// Grows with each change of the status; its ETag.
    version: i64,
}

/// Statuses as the API shows them.
fn show(tx: &mut TenantTx<'_>, statuses: Vec<Status>) -> Result<Vec<StatusView>, StorageError> {
    let mut counts = lead_counts::by_status(tx)?;
    let shown = statuses.into_iter().map(|status| StatusView {
        lead_count: counts.remove(&status.name).unwrap_or_default(),
        name: status.name,
        label: status.label,
        color: status.color,
        order_index: status.order_index,
        is_system: status.is_system,
        is_default: status.is_default,
        is_active: status.is_active,
        is_protected: status.is_protected,
        version: status.version,
    });
    Ok(shown.collect())
}

fn show_one(tx: &mut TenantTx<'_>, status: Status) -> Result<StatusView> {
    let shown = show(tx, vec![status])?.pop();
    shown.ok_or_else(|| Code::NotFound.into())
}

/// What the board is like, for those who put it in order: another number whenever a status is added, changed or deleted.
fn version_of(board: &[Status]) -> i64 {
    let mut hash = Sha256::new();
    for status in board {
        hash.update(status.name.as_bytes());
        hash.update([0]);
        hash.update(status.version.to_be_bytes());
    }
    let bytes = hash.finalize();
    let first = bytes.iter().take(7);
    first.fold(0, |number, byte| number << 8 | i64::from(*byte))
}

fn check_label(label: Option<&str>, fields: &mut Fields) {
    let length = label.map(|label| label.trim().chars().count());
    let fits = length.is_none_or(|length| (1..=LONGEST_LABEL).contains(&length));
    fields.check(fits, "label", "must have 1 to 80 characters");
    let is_text = label.is_none_or(|label| !label.contains(char::is_control));
    fields.check(is_text, "label", "must have no control characters");
}

fn check_color(color: Option<&str>, fields: &mut Fields) {
    let is_color = |color: &str| {
        let digits = color.strip_prefix('#').map(str::as_bytes);
        digits.is_some_and(|digits| digits.len() == 6 && digits.iter().all(u8::is_ascii_hexdigit))
    };
    let message = "must be #rrggbb, for example #16a34a";
    fields.check(color.is_none_or(is_color), "color", message);
}

/// Two columns of one label could not be told apart, neither by people nor by what recommends them.
fn label_is_free(board: &[Status], name: &str, label: &str) -> Result<()> {
    let is_taken = |status: &Status| {
        status.name != name && status.label.trim().to_lowercase() == label.to_lowercase()
    };
    if board.iter().any(is_taken) {
        return Err(Problem::field(
            Code::ValidationFailed,
            "label",
            "another status has this label",
        ));
    }
    Ok(())
}

/// Moves the leads of a column that is closed, where it is said to which other one.
fn move_leads(
    tx: &mut TenantTx<'_>,
    board: &[Status],
    from: &str,
    to: Option<&str>,
    (now, user): (chrono::DateTime<chrono::Utc>, Option<UserId>),
) -> Result<()> {
    let Some(to) = to else {
        return Ok(());
    };
    let stands = |status: &Status| status.name == to && status.name != from && status.is_active;
    if !board.iter().any(stands) {
        return Err(Problem::field(
            Code::UnknownStatus,
            "move_to",
            "the business has no other active status of that name",
        ));
    }
    move_all(tx, now, &ClosedColumn { from, to, user })?;
    Ok(())
}

/// A status of the board by its name.
fn named<'a>(board: &'a [Status], name: &str) -> Result<&'a Status, StorageError> {
    let mut all = board.iter();
    all.find(|status| status.name == name)
        .ok_or(StorageError::NotFound)
}

/// New leads have to start somewhere.
fn refuse_to_close_the_default(status: &Status) -> Result<()> {
    if status.is_default {
        return Err(Code::StatusIsDefault.into());
    }
    Ok(())
}

fn board(tx: &mut TenantTx<'_>) -> Result<Vec<Status>, StorageError> {
    statuses::board(tx)
}
