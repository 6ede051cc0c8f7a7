//! `lead_statuses`: the columns of a business's board.

use diesel::dsl::max;
use diesel::prelude::*;
use serde::Serialize;

use crate::schema::lead_statuses as t;
use crate::{Result, StorageError, TenantTx};

/// A column of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Queryable, Selectable)]
#[diesel(table_name = t)]
pub struct Status {
    /// Stable key, never shown.
    pub name: String,
    /// What people see.
    pub label: String,
    /// `#rrggbb`.
    pub color: String,
    /// Its place on the board.
    pub order_index: i32,
    /// Automation relies on its name.
    pub is_system: bool,
    /// New leads start here.
    pub is_default: bool,
    /// Leads can stand here.
    pub is_active: bool,
    /// Automation never moves a lead out of it.
    pub is_protected: bool,
    /// Grows with each change; its ETag.
    pub version: i64,
}

/// All statuses in board order, those that are switched off too.
///
/// # Errors
/// When the statement fails.
pub fn board(tx: &mut TenantTx<'_>) -> Result<Vec<Status>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .order((t::order_index, t::id))
        .select(Status::as_select())
        .load(tx.conn)?)
}

/// The same, held until the transaction ends: nobody changes a column meanwhile.
///
/// # Errors
/// When the statement fails.
pub fn locked_board(tx: &mut TenantTx<'_>) -> Result<Vec<Status>> {
    let mut board: Vec<(i64, Status)> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .order(t::id)
        .select((t::id, Status::as_select()))
        .for_no_key_update()
        .load(tx.conn)?;
    board.sort_by_key(|(id, status)| (status.order_index, *id));
    Ok(board.into_iter().map(|(_, status)| status).collect())
}

/// The name of the status that new leads start in.
///
/// # Errors
/// When the statement fails.
pub fn default_name(tx: &mut TenantTx<'_>) -> Result<Option<String>> {
    Ok(t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::is_default)
        .select(t::name)
        .first(tx.conn)
        .optional()?)
}

/// A new column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatus<'a> {
    /// Stable key: 1 to 64 characters without white space.
    pub name: &'a str,
    /// What people see: 1 to 80 characters.
    pub label: &'a str,
    /// `#rrggbb`.
    pub color: &'a str,
    /// Automation never moves a lead out of it.
    pub is_protected: bool,
}

/// Adds a column at the end of the board, switched on.
///
/// # Errors
/// [`Conflict`](StorageError::Conflict) on `lead_statuses_name` when the business has one of that name.
pub fn create(tx: &mut TenantTx<'_>, new: &NewStatus<'_>) -> Result<Status> {
    let last: Option<i32> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .select(max(t::order_index))
        .first(tx.conn)?;
    Ok(diesel::insert_into(t::table)
        .values((
            t::business_id.eq(tx.business.0),
            t::name.eq(new.name),
            t::label.eq(new.label),
            t::color.eq(new.color),
            t::is_protected.eq(new.is_protected),
            t::order_index.eq(last.map_or(0, |last| last.saturating_add(1))),
        ))
        .returning(Status::as_returning())
        .get_result(tx.conn)?)
}

/// What changes about a column; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsChangeset)]
#[diesel(table_name = t)]
pub struct StatusEdit {
    /// What people see.
    pub label: Option<String>,
    /// `#rrggbb`.
    pub color: Option<String>,
    /// Leads can stand here. Nobody may stand there any more when it is switched off.
    pub is_active: Option<bool>,
    /// Automation never moves a lead out of it.
    pub is_protected: Option<bool>,
    /// New leads start here; the column where they started before is one no more.
    pub is_default: Option<bool>,
}

/// Changes a column, where `expected` is given only if it is still of that version.
///
/// # Errors
/// [`NotFound`](StorageError::NotFound); [`Conflict`](StorageError::Conflict) on `lead_statuses_version` when somebody has
/// changed it in the meantime; [`BrokenReference`](StorageError::BrokenReference) when it is switched off while leads
/// stand there.
pub fn edit(
    tx: &mut TenantTx<'_>,
    name: &str,
    expected: Option<i64>,
    edit: &StatusEdit,
) -> Result<Status> {
    let business = tx.business.0;
    let version = expect(tx, name, expected)?;
    if edit.is_default == Some(true) {
        diesel::update(t::table)
            .filter(t::business_id.eq(business))
            .filter(t::is_default)
            .filter(t::name.ne(name))
            .set((t::is_default.eq(false), t::version.eq(t::version + 1)))
            .execute(tx.conn)?;
    }
    Ok(diesel::update(t::table)
        .filter(t::business_id.eq(business))
        .filter(t::name.eq(name))
        .set((edit, t::version.eq(version + 1)))
        .returning(Status::as_returning())
        .get_result(tx.conn)?)
}

/// Holds a column until the transaction ends, where `expected` is given only if it is still of that version. Answers the
/// version.
///
/// # Errors
/// [`NotFound`](StorageError::NotFound); [`Conflict`](StorageError::Conflict) on `lead_statuses_version` when somebody has
/// changed it in the meantime.
pub fn expect(tx: &mut TenantTx<'_>, name: &str, expected: Option<i64>) -> Result<i64> {
    let version: i64 = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::name.eq(name))
        .select(t::version)
        .for_no_key_update()
        .first(tx.conn)?;
    if expected.is_some_and(|expected| expected != version) {
        return Err(StorageError::Conflict {
            constraint: "lead_statuses_version".to_owned(),
        });
    }
    Ok(version)
}

/// Deletes a column for good. Decisions that recommended it keep its label.
///
/// # Errors
/// [`NotFound`](StorageError::NotFound); [`BrokenReference`](StorageError::BrokenReference) when leads stand there.
pub fn delete(tx: &mut TenantTx<'_>, name: &str) -> Result<()> {
    let deleted = diesel::delete(t::table)
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::name.eq(name))
        .execute(tx.conn)?;
    if deleted == 0 {
        return Err(StorageError::NotFound);
    }
    Ok(())
}

/// Puts the columns in another order. False when `names` are not exactly the business's own, each once.
///
/// # Errors
/// When the statement fails.
pub fn reorder(tx: &mut TenantTx<'_>, names: &[String]) -> Result<bool> {
    let mut known: Vec<String> = t::table
        .filter(t::business_id.eq(tx.business.0))
        .select(t::name)
        .order(t::id)
        .for_no_key_update()
        .load(tx.conn)?;
    let mut wanted = names.to_vec();
    known.sort_unstable();
    wanted.sort_unstable();
    if known != wanted {
        return Ok(false);
    }
    for (place, name) in (0..).zip(names) {
        diesel::update(t::table)
            .filter(t::business_id.eq(tx.business.0))
            .filter(t::name.eq(name))
            .filter(t::order_index.ne(place))
            .set((t::order_index.eq(place), t::version.eq(t::version + 1)))
            .execute(tx.conn)?;
    }
    Ok(true)
}
