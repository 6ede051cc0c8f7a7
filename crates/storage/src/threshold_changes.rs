//! `threshold_changes`: how a business's confidence threshold followed its corrections, and on which evidence.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::decision::threshold;
use domain::ids::DecisionId;
use serde_json::Value;

use crate::schema::{business_settings, threshold_changes as t};
use crate::{Result, StorageError, TenantTx, corrections};

/// What made the threshold be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The owner switched `auto_threshold` on.
    Switch,
    /// This decision was corrected.
    Correction(DecisionId),
}

/// Sets the threshold to the suggested one, where the business wants that, there is one, and it is another. With the
/// evidence on record, and the settings' version raised as by any other change of them.
pub(crate) fn follow(tx: &mut TenantTx<'_>, now: DateTime<Utc>, cause: Cause) -> Result<()> {
    use business_settings as s;
    let wanted: Option<bool> = s::table
        .find(tx.business.0)
        .select(s::auto_threshold)
        .first(tx.conn)
        .optional()?;
    if wanted != Some(true) {
        return Ok(());
    }
    // Under the lock, so that of two corrections at once the second one counts both.
    let (wanted, old): (bool, f64) = s::table
        .find(tx.business.0)
        .select((s::auto_threshold, s::confidence_threshold))
        .for_no_key_update()
        .first(tx.conn)?;
    let Ok(suggested) = threshold::suggest(&corrections::tallies(tx, now)?) else {
        return Ok(());
    };
    if !wanted || is_same(old, suggested.value) {
        return Ok(());
    }
    diesel::update(s::table.find(tx.business.0))
        .set((
            s::confidence_threshold.eq(suggested.value),
            s::version.eq(s::version + 1),
            s::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    let mut evidence = serde_json::to_value(suggested)
        .map_err(|error| StorageError::Corrupt(error.to_string()))?;
    match cause {
        Cause::Switch => evidence["cause"] = "switched_on".into(),
        Cause::Correction(decision) => {
            evidence["cause"] = "correction".into();
            evidence["decision_id"] = decision.0.into();
        }
    }
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::old.eq(old),
            t::new.eq(suggested.value),
            t::evidence.eq(evidence),
            t::at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Whether two thresholds are one: a person may have typed the same number in another way.
#[must_use]
pub fn is_same(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

/// A change of the threshold.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct ThresholdChange {
    /// Its row.
    pub id: i64,
    /// The threshold before.
    pub old: f64,
    /// The threshold after.
    pub new: f64,
    /// The decisions and corrections that it was computed from, and what made it be looked at.
    pub evidence: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest changes, newest first: at most `most`.
///
/// # Errors
/// When the statement fails.
pub fn newest(tx: &mut TenantTx<'_>, most: i64) -> Result<Vec<ThresholdChange>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .order(t::id.desc())
        .limit(most)
        .select(ThresholdChange::as_select())
        .load(tx.conn)?)
}
