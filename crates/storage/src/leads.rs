//! `leads`: the people to call. Created and edited here; the status has a pen of its own in
//! [`lead_status`](crate::lead_status).

mod caller;
mod change;
pub mod export;
mod filter;
mod import;
mod page;
mod read;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::{BusinessId, LeadId, ListId, UserId};
use domain::phone::zone_of;

pub use caller::{lead_of_caller, lead_of_writer, of_number};
pub use change::{Change, Kept, change};
pub use filter::Filter;
pub(crate) use filter::{Bound, passes};
pub(crate) use import::{LeadToImport, insert as insert_imported, refusals};
pub use page::{Found, newest};
pub use read::{Lead, get, ids, page};

use crate::schema::{lead_statuses, leads as t};
use crate::{Result, StorageError, TenantTx, Tx};

/// Where a lead comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// A person or a program entered it.
    #[default]
    Manual,
    /// A file.
    Import,
    /// It called.
    InboundCall,
    /// It wrote.
    Whatsapp,
}

impl Source {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Import => "import",
            Self::InboundCall => "inbound_call",
            Self::Whatsapp => "whatsapp",
        }
    }
}

/// A lead to be. It starts in the business's default status.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewLead {
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// E.164.
    pub phone_e164: Option<String>,
    /// What is known of the person.
    pub notes: Option<String>,
    /// What the person wants.
    pub service: Option<String>,
    /// Where the person lives.
    pub city: Option<String>,
    /// Whose clock the person lives by, by its IANA name, where that is known better than the number tells.
    pub time_zone: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Who looks after it.
    pub owner: Option<UserId>,
    /// The import that it belongs to.
    pub list: Option<ListId>,
    /// Where it comes from.
    pub source: Source,
}

/// Creates one lead.
///
/// # Errors
/// [`StorageError::Conflict`] (`leads_phone`) when a lead of the business has this number;
/// [`StorageError::BrokenReference`] when the owner or the list is not the business's.
pub fn insert(
    tx: &mut Tx<'_>,
    business: BusinessId,
    now: DateTime<Utc>,
    new: &NewLead,
) -> Result<LeadId> {
    let default_status: Option<String> = lead_statuses::table
        .filter(lead_statuses::business_id.eq(business.0))
        .filter(lead_statuses::is_default)
        .select(lead_statuses::name)
        .first(tx.conn)
        .optional()?;
    let id: i64 = diesel::insert_into(t::table)
        .values((
            t::tenant_id.eq(business.0),
            t::first_name.eq(&new.first_name),
            t::last_name.eq(&new.last_name),
            t::phone_e164.eq(&new.phone_e164),
            t::status.eq(default_status),
            t::notes.eq(&new.notes),
            t::service.eq(&new.service),
            t::city.eq(&new.city),
            t::time_zone.eq(&new.time_zone),
            t::phone_zone.eq(new.phone_e164.as_deref().and_then(phone_zone)),
            t::tags.eq(&new.tags),
            t::owner_user_id.eq(new.owner.map(|user| user.0)),
            t::outbound_list_id.eq(new.list.map(|list| list.0)),
            t::source.eq(new.source.as_str()),
            t::created_at.eq(now),
            t::updated_at.eq(now),
        ))
        .returning(t::id)
        .get_result(tx.conn)?;
    Ok(LeadId(id))
}

/// The name of the zone that a number tells.
fn phone_zone(e164: &str) -> Option<&'static str> {
    zone_of(e164).map(chrono_tz::Tz::name)
}

/// What a person changes about a lead: `None` leaves a field as it is, `Some(None)` empties it.
#[derive(Debug, Clone, Default, PartialEq, AsChangeset)]
#[diesel(table_name = t)]
pub struct Edit {
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// E.164.
    pub phone_e164: Option<Option<String>>,
    /// What is known of the person.
    pub notes: Option<Option<String>>,
    /// When to call again; what an older conversation promises does not change it.
    pub follow_up_at: Option<Option<DateTime<Utc>>>,
    /// Whose clock the person lives by, by its IANA name; emptied, it is again what the number tells.
    pub time_zone: Option<Option<String>>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Who looks after it.
    pub owner_user_id: Option<Option<i64>>,
}

/// Changes a lead. With `expected_version`, only if it is still that version.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such lead; [`StorageError::Conflict`] when it has moved on from
/// the expected version (`leads_version`) or another lead has the number (`leads_phone`);
/// [`StorageError::BrokenReference`] when the owner is not a user of the business.
pub fn edit(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    lead: LeadId,
    expected_version: Option<i64>,
    edit: &Edit,
) -> Result<()> {
    let version: i64 = t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::id.eq(lead.0))
        .filter(t::deleted_at.is_null())
        .select(t::version)
        .for_no_key_update()
        .first(tx.conn)?;
    if expected_version.is_some_and(|expected| expected != version) {
        return Err(StorageError::Conflict {
            constraint: "leads_version".to_owned(),
        });
    }
    if *edit == Edit::default() {
        return Ok(());
    }
    let phone_zone = edit
        .phone_e164
        .as_ref()
        .map(|phone| t::phone_zone.eq(phone.as_deref().and_then(phone_zone)));
    let follow_up_said_at = edit.follow_up_at.map(|_| t::follow_up_said_at.eq(now));
    diesel::update(t::table)
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::id.eq(lead.0))
        .set((
            edit,
            phone_zone,
            follow_up_said_at,
            t::version.eq(t::version + 1),
            t::updated_at.eq(now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
