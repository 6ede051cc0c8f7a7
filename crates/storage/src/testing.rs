//! For the tests' set-up and for looking at the database past every wall, as its owner. Behind the feature `testing`, so
//! that no service can be built on it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Text};
use domain::ids::LeadId;
use serde_json::Value;

use crate::{Result, StorageError, TenantTx};

/// A connection as the login of the URL, with no service's role.
pub struct Owner(PgConnection);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

impl Owner {
    /// Connects to `url`.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn connect(url: &str) -> Result<Self> {
        PgConnection::establish(url)
            .map(Self)
            .map_err(|error| StorageError::Unavailable(Box::new(error)))
    }

    /// Runs statements that answer nothing, outside a transaction.
    ///
    /// # Errors
    /// What the database says.
    pub fn execute(&mut self, sql: &str) -> Result<()> {
        Ok(self.0.batch_execute(sql)?)
    }

    /// Runs one statement that answers rows (a query, or a change with RETURNING); each row is a JSON object.
    ///
    /// # Errors
    /// What the database says.
    pub fn query(&mut self, sql: &str) -> Result<Vec<Value>> {
        let sql = sql.trim().trim_end_matches(';');
        let rows: Vec<Row> = diesel::sql_query(format!(
            "WITH answer AS ({sql}\n) SELECT to_jsonb(answer) AS row FROM answer"
        ))
        .load(&mut self.0)?;
        Ok(rows.into_iter().map(|row| row.row).collect())
    }
}

/// Adds `count` leads in the default status, with the phone numbers `prefix` followed by a running number of
/// `digits` digits; answers their ids in that order.
///
/// # Errors
/// When a number is taken or malformed.
pub fn add_leads(
    tx: &mut TenantTx<'_>,
    count: usize,
    prefix: &str,
    digits: usize,
) -> Result<Vec<LeadId>> {
    let business = tx.business;
    let rows: Vec<Id> = diesel::sql_query(
        "INSERT INTO leads (tenant_id, first_name, last_name, phone_e164, status)
         SELECT $1, 'Lead', n::text, $2 || lpad(n::text, $3::int, '0'),
                (SELECT name FROM lead_statuses WHERE business_id = $1 AND is_default)
         FROM generate_series(1, $4) AS n
         RETURNING id",
    )
    .bind::<BigInt, _>(business.0)
    .bind::<Text, _>(prefix)
    .bind::<BigInt, _>(i64::try_from(digits).unwrap_or(i64::MAX))
    .bind::<BigInt, _>(i64::try_from(count).unwrap_or(i64::MAX))
    .load(tx.conn)?;
    let mut ids: Vec<_> = rows.into_iter().map(|row| LeadId(row.id)).collect();
    ids.sort_unstable();
    Ok(ids)
}
