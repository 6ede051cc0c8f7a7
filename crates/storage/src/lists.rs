//! `outbound_lead_lists`: imports of leads.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz};
use domain::ids::{BusinessId, ListId, UserId};
use serde::Serialize;

use crate::schema::outbound_lead_lists as t;
use crate::{Result, TenantTx, Tx};

/// Creates a list.
///
/// # Errors
/// [`crate::StorageError::Refused`] when the name is empty or longer than 200 characters.
pub fn create(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    name: &str,
    created_by: Option<UserId>,
) -> Result<ListId> {
    let id: i64 = diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business.0),
            t::name.eq(name),
            t::created_by_user_id.eq(created_by.map(|user| user.0)),
            t::created_at.eq(now),
        ))
        .returning(t::id)
        .get_result(tx.conn)?;
    Ok(ListId(id))
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, QueryableByName)]
pub struct List {
    /// Its id.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    /// What it is called.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// How many leads are in it now.
    #[diesel(sql_type = BigInt)]
    pub lead_count: i64,
    /// Who imported it.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub created_by_user_id: Option<i64>,
    /// When it was imported.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

/// The lists of the business, newest first: at most `most` of them with an id below `before`.
///
/// # Errors
/// When the statement fails.
pub fn page(tx: &mut TenantTx<'_>, before: Option<ListId>, most: i64) -> Result<Vec<List>> {
    Ok(diesel::sql_query(
        "SELECT s.id, s.name, s.created_by_user_id, s.created_at,
                coalesce((SELECT sum(c.leads) FROM lead_list_counts c WHERE c.business_id = s.business_id AND c.list_id = s.id),
                         0)::bigint AS lead_count
         FROM outbound_lead_lists s WHERE s.business_id = $1 AND s.id < $2 ORDER BY s.id DESC LIMIT $3",
    )
    .bind::<BigInt, _>(tx.business.0)
    .bind::<BigInt, _>(before.map_or(i64::MAX, |list| list.0))
    .bind::<BigInt, _>(most)
    .load(tx.conn)?)
}

/// Whether the business has this list.
///
/// # Errors
/// When the statement fails.
pub fn exists(tx: &mut Tx<'_>, business: BusinessId, list: ListId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        t::table
            .filter(t::business_id.eq(business.0))
            .filter(t::id.eq(list.0)),
    ))
    .get_result(tx.conn)?)
}
