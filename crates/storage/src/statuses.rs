//! `lead_statuses`: the columns of a business's board.

use diesel::prelude::*;
use serde::Serialize;

use crate::schema::lead_statuses as t;
use crate::{Result, TenantTx};

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
