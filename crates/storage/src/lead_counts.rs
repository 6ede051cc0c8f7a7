//! `lead_counts`: how many leads stand in each column, without counting them. Triggers of `leads` write it; here it is read.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::prepared::Prepared;
use crate::{Result, TenantTx};

/// How many leads stand in each column of the business, by the name of its status; an empty column is not there.
///
/// # Errors
/// When the statement fails.
pub fn by_status(tx: &mut TenantTx<'_>) -> Result<HashMap<String, i64>> {
    #[derive(QueryableByName)]
    struct Column {
        #[diesel(sql_type = Text)]
        status: String,
        #[diesel(sql_type = BigInt)]
        leads: i64,
    }
    let query = diesel::sql_query(
        "SELECT status, sum(leads)::bigint AS leads FROM lead_counts WHERE business_id = $1
         GROUP BY status HAVING sum(leads) <> 0",
    )
    .bind::<BigInt, _>(tx.business.0);
    let columns: Vec<Column> = Prepared(query).load(tx.conn)?;
    Ok(columns
        .into_iter()
        .map(|column| (column.status, column.leads))
        .collect())
}
