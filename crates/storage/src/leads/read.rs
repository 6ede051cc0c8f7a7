use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::ids::LeadId;
use domain::planted;
use serde::Serialize;

use super::filter::{Filter, passes};
use crate::schema::leads as t;
use crate::texts::Texts;
use crate::{Result, TenantTx};

/// A lead as people see it.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Lead {
    /// Its id.
    pub id: i64,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// Both in one.
    pub full_name: String,
    /// E.164.
    pub phone_e164: Option<String>,
    /// The name of its status.
    pub status: Option<String>,
    /// Since when it stands there, where it was ever moved.
    pub status_changed_at: Option<DateTime<Utc>>,
    /// Summary of the newest conversation.
    pub summary: Option<String>,
    /// Newest line first.
    pub notes: Option<String>,
    /// When the newest conversation took place.
    pub last_contact_at: Option<DateTime<Utc>>,
    /// What the person wants.
    pub service: Option<String>,
    /// Where the person lives.
    pub city: Option<String>,
    /// When to call again.
    pub follow_up_at: Option<DateTime<Utc>>,
    /// Whose clock the person lives by, as somebody said it.
    pub time_zone: Option<String>,
    /// As the number tells it; counts where nobody said it.
    pub phone_zone: Option<String>,
    /// Tags.
    #[diesel(deserialize_as = Texts)]
    pub tags: Vec<String>,
    /// Who looks after it.
    pub owner_user_id: Option<i64>,
    /// The import that it belongs to.
    pub outbound_list_id: Option<i64>,
    /// `manual`, `import`, `inbound_call` or `whatsapp`.
    pub source: String,
    /// Grows with each change.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// One lead.
///
/// # Errors
/// [`crate::StorageError::NotFound`] when the business has no such lead, or it is deleted.
pub fn get(tx: &mut TenantTx<'_>, lead: LeadId) -> Result<Lead> {
    if planted::bug("no_tenant_filter") {
        let of_whomever = t::table.filter(t::id.eq(lead.0));
        return Ok(of_whomever.select(Lead::as_select()).first(tx.conn)?);
    }
    Ok(t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::id.eq(lead.0))
        .filter(t::deleted_at.is_null())
        .select(Lead::as_select())
        .first(tx.conn)?)
}

/// The leads that pass `filter`, in the order in which they came, newest first: at most `most` of them with an id below
/// `before`. For what goes through all of them: nothing that happens meanwhile changes their order.
///
/// # Errors
/// When the statement fails.
pub fn page(
    tx: &mut TenantTx<'_>,
    filter: &Filter,
    before: Option<LeadId>,
    most: i64,
) -> Result<Vec<Lead>> {
    let ids: Vec<Id> = filter
        .bind(
            diesel::sql_query(format!(
                "SELECT id FROM leads l WHERE tenant_id = $1 AND deleted_at IS NULL AND id < $2 AND {}
                 ORDER BY id DESC LIMIT $3",
                passes(4)
            ))
            .into_boxed()
            .bind::<BigInt, _>(tx.business.0)
            .bind::<BigInt, _>(before.map_or(i64::MAX, |lead| lead.0))
            .bind::<BigInt, _>(most),
        )
        .load(tx.conn)?;
    Ok(t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::id.eq_any(ids.into_iter().map(|row| row.id)))
        .filter(t::deleted_at.is_null())
        .order(t::id.desc())
        .select(Lead::as_select())
        .load(tx.conn)?)
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The ids of all leads that pass `filter`, oldest first; at most `most` of them.
///
/// # Errors
/// When the statement fails.
pub fn ids(tx: &mut TenantTx<'_>, filter: &Filter, most: i64) -> Result<Vec<LeadId>> {
    let statement = diesel::sql_query(format!(
        "WITH found AS MATERIALIZED (
             SELECT id FROM {} WHERE tenant_id = $1 AND deleted_at IS NULL AND {} LIMIT $2
         ) SELECT id FROM found ORDER BY id",
        filter.source(3),
        passes(3)
    ))
    .into_boxed()
    .bind::<BigInt, _>(tx.business.0)
    .bind::<BigInt, _>(most);
    let ids: Vec<Id> = filter.bind(statement).load(tx.conn)?;
    Ok(ids.into_iter().map(|row| LeadId(row.id)).collect())
}
