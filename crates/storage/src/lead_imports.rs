//! `lead_imports` and `lead_import_rejects`: files of leads, and the rows that did not become any. The one way in which a
//! file becomes leads, for the API, its preview and operators alike.

mod business;
mod error;
mod run;

use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb};
use domain::ids::{BusinessId, ListId, UserId};
use domain::import::Reject;
use serde_json::{Map, Value, json};

use crate::schema::{lead_import_rejects as r, lead_imports as t};
use crate::texts::Texts;
use crate::{Result, StorageError, TenantTx, Tx};

pub use error::ImportError;
pub use run::{Imported, List, Order, Reasons, run};

pub use business::ground;

/// How long the rejected rows of a file can be fetched.
const KEPT: Duration = Duration::days(30);

/// Notes a file that is being imported, and forgets rejected rows that are older than 30 days.
///
/// # Errors
/// When a statement fails.
pub fn begin(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    created_by: Option<UserId>,
    header: &[String],
) -> Result<i64> {
    let old = t::table
        .filter(t::business_id.eq(business.0))
        .filter(t::created_at.lt(now - KEPT))
        .select(t::id);
    diesel::delete(
        r::table
            .filter(r::business_id.eq(business.0))
            .filter(r::lead_import_id.eq_any(old)),
    )
    .execute(tx.conn)?;
    Ok(diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business.0),
            t::created_by_user_id.eq(created_by.map(|user| user.0)),
            t::created_at.eq(now),
            t::header.eq(without_nulls(header)),
        ))
        .returning(t::id)
        .get_result(tx.conn)?)
}

/// Notes what came of the file.
///
/// # Errors
/// When the statement fails.
pub fn end(tx: &mut Tx<'_>, business: BusinessId, import: i64, came: &Imported) -> Result<()> {
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    diesel::update(t::table.find((business.0, import)))
        .set((
            t::outbound_list_id.eq(came.list.map(|list| list.0)),
            t::created.eq(number(came.created)),
            t::rejected.eq(number(came.rejected())),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Keeps rejected rows of a file; the first of them is its `first`, from 1.
///
/// # Errors
/// When the statement fails.
pub fn keep_rejects(
    tx: &mut Tx<'_>,
    business: BusinessId,
    import: i64,
    first: u64,
    rejects: &[Reject],
) -> Result<()> {
    let rows = rejects.iter().zip(first..).map(|(reject, position)| {
        json!({
            "position": position,
            "line": reject.row,
            "reason": reject.reason.code(),
            "about": reject.reason.values(),
            "fields": without_nulls(&reject.fields),
        })
    });
    diesel::sql_query(
        "INSERT INTO lead_import_rejects (business_id, lead_import_id, position, line, reason, about, fields)
         SELECT $1, $2, n.position, n.line, n.reason, n.about, ARRAY(SELECT jsonb_array_elements_text(n.fields))
         FROM jsonb_to_recordset($3) AS n(
             position bigint, line bigint, reason text, about jsonb, fields jsonb)",
    )
    .bind::<BigInt, _>(business.0)
    .bind::<BigInt, _>(import)
    .bind::<Jsonb, _>(Value::Array(rows.collect()))
    .execute(tx.conn)?;
    Ok(())
}

/// PostgreSQL's texts hold every character but this one.
fn without_nulls(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| text.replace('\0', "")).collect()
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadImport {
    /// Its id.
    pub id: i64,
    /// The list that it made.
    pub list: Option<ListId>,
    /// How it heads its columns.
    pub header: Vec<String>,
    /// How many of its rows became no lead.
    pub rejected: i64,
}

/// One imported file.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such import.
pub fn get(tx: &mut TenantTx<'_>, import: i64) -> Result<LeadImport> {
    let (id, list, header, rejected): (i64, Option<i64>, Texts, i64) = t::table
        .find((tx.business.0, import))
        .select((t::id, t::outbound_list_id, t::header, t::rejected))
        .first(tx.conn)?;
    Ok(LeadImport {
        id,
        list: list.map(ListId),
        header: header.into(),
        rejected,
    })
}

/// A rejected row as it was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptReject {
    /// Its place among the rejects of its file, from 1.
    pub position: i64,
    /// Its line in the file, from 1.
    pub line: i64,
    /// The code of the reason.
    pub reason: String,
    /// What the sentence about the reason is filled in with.
    pub about: Map<String, Value>,
    /// The row as it stood in the file.
    pub fields: Vec<String>,
}

/// The rejected rows of a file in its order: at most `most` of them behind the `after`th.
///
/// # Errors
/// When the statement fails.
pub fn rejects(
    tx: &mut TenantTx<'_>,
    import: i64,
    after: i64,
    most: i64,
) -> Result<Vec<KeptReject>> {
    let rows: Vec<(i64, i64, String, Value, Texts)> = r::table
        .filter(r::business_id.eq(tx.business.0))
        .filter(r::lead_import_id.eq(import))
        .filter(r::position.gt(after))
        .order(r::position)
        .limit(most)
        .select((r::position, r::line, r::reason, r::about, r::fields))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(position, line, reason, about, fields)| match about {
            Value::Object(about) => Ok(KeptReject {
                position,
                line,
                reason,
                about,
                fields: fields.into(),
            }),
            other => Err(StorageError::Corrupt(format!(
                "lead_import_rejects.about {other}"
            ))),
        })
        .collect()
}
