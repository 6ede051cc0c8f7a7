//! What lists and imports of leads are asked with.

use serde::Deserialize;
use utoipa::IntoParams;

/// Which leads.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LeadQuery {
    /// Only those in this status, by name.
    pub(super) status: Option<String>,
    /// Only those of this import.
    pub(super) list_id: Option<i64>,
    /// Only those whose name or number contains this.
    pub(super) q: Option<String>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u8>,
}

/// How a file is taken in.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// What the new list is called; the time of the import when absent.
    pub(super) list_name: Option<String>,
}
