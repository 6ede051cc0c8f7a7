use chrono::{DateTime, Utc};
use diesel::prelude::*;
use domain::ids::LeadId;

use super::{NewLead, Source, insert};
use crate::schema::leads as t;
use crate::{Result, StorageError, TenantTx, Tx};

/// The lead who calls: the one with the number, else a new one. A caller who withholds the number is a new lead without
/// one, since what is said is worth hearing and nothing tells who it was.
///
/// # Errors
/// When a statement fails.
pub fn lead_of_caller(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    phone: Option<&str>,
) -> Result<LeadId> {
    let new = NewLead {
        phone_e164: phone.map(ToOwned::to_owned),
        source: Source::InboundCall,
        ..NewLead::default()
    };
    known_or_new(tx, now, &new)
}

/// The lead who writes: the one with the number, else a new one under the name that the person goes by there.
///
/// # Errors
/// When a statement fails.
pub fn lead_of_writer(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    phone: &str,
    name: &str,
) -> Result<LeadId> {
    let new = NewLead {
        first_name: name.to_owned(),
        phone_e164: Some(phone.to_owned()),
        source: Source::Whatsapp,
        ..NewLead::default()
    };
    known_or_new(tx, now, &new)
}

fn known_or_new(tx: &mut TenantTx<'_>, now: DateTime<Utc>, new: &NewLead) -> Result<LeadId> {
    let phone = new.phone_e164.as_deref();
    if let Some(phone) = phone
        && let Some(known) = of_number(tx, phone)?
    {
        return Ok(known);
    }
    let (business, service) = (tx.business, tx.service);
    // A savepoint: someone may enter the same number at this moment.
    let inserted = tx.conn.transaction(|conn| {
        let mut inner = Tx::new(conn, service);
        insert(&mut inner, business, now, new)
    });
    match inserted {
        Err(StorageError::Conflict { constraint }) if constraint == "leads_phone" => {
            of_number(tx, phone.unwrap_or_default())?.ok_or(StorageError::NotFound)
        }
        inserted => inserted,
    }
}

/// The lead with a number, E.164.
///
/// # Errors
/// When the statement fails.
pub fn of_number(tx: &mut TenantTx<'_>, phone: &str) -> Result<Option<LeadId>> {
    let id: Option<i64> = t::table
        .filter(t::tenant_id.eq(tx.business.0))
        .filter(t::phone_e164.eq(phone))
        .filter(t::deleted_at.is_null())
        .select(t::id)
        .first(tx.conn)
        .optional()?;
    Ok(id.map(LeadId))
}
