//! The read-only checks behind `callboard verify`: each is one statement, so that it sees one moment, and names both what
//! it looked at and what it found wrong. Run as the operator's role, over one business or all.

mod activity;
mod air;
mod analytics;
mod schema;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use domain::ids::BusinessId;

use crate::{Result, Tx};

/// Most offenders that a check names.
const EXAMPLES: usize = 5;

/// What it means that a check found nothing to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vacuous {
    /// Nothing can be said: the promise has not been put to the test yet.
    NotVerified,
    /// There is nothing that could be wrong.
    Pass,
}

/// One check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// The section of the acceptance statement, 0 to 7.
    pub section: u8,
    /// What must be true.
    pub promise: &'static str,
    /// What is counted as looked at, in the plural.
    pub unit: &'static str,
    /// What an empty look means.
    pub vacuous: Vacuous,
    /// A query with one row for each thing looked at. `$1` is the business, or NULL for all.
    looked_at: &'static str,
    /// A query with one text column `what` and one row for each thing that is wrong.
    wrong: &'static str,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Measured {
    /// How many things it looked at.
    #[diesel(sql_type = BigInt)]
    pub looked_at: i64,
    /// How many of them are wrong.
    #[diesel(sql_type = BigInt)]
    pub wrong: i64,
    /// The first of those.
    #[diesel(sql_type = Array<Text>)]
    pub examples: Vec<String>,
}

/// All checks, by section.
#[must_use]
pub fn checks() -> Vec<Check> {
    let mut checks = [
        schema::CHECKS,
        activity::CHECKS,
        air::CHECKS,
        analytics::CHECKS,
    ]
    .concat();
    checks.sort_by_key(|check| check.section);
    checks
}

/// Runs one check.
///
/// # Errors
/// When the statement fails, for example because the schema is not there.
pub fn run(tx: &mut Tx<'_>, check: &Check, business: Option<BusinessId>) -> Result<Measured> {
    let statement = format!(
        "SELECT (SELECT count(*) FROM ({looked_at}) looked_at) AS looked_at, count(*) AS wrong,
                coalesce((array_agg(what))[1:{EXAMPLES}], '{{}}') AS examples
         FROM ({wrong}) wrong",
        looked_at = check.looked_at,
        wrong = check.wrong,
    );
    Ok(diesel::sql_query(statement)
        .bind::<Nullable<BigInt>, _>(business.map(|business| business.0))
        .get_result(tx.conn)?)
}
