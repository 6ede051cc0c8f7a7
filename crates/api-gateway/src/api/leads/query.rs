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

/// Which leads, all of them at once.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// Only those in this status, by name.
    pub(super) status: Option<String>,
    /// Only those of this import.
    pub(super) list_id: Option<i64>,
    /// Only those whose name or number contains this.
    pub(super) q: Option<String>,
}

/// How a file is taken in.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// What the new list is called, which then takes all leads. When absent each goes to the list that its row names, and the
    /// others to a new one that is called by the time of the import.
    pub(super) list_name: Option<String>,
    /// What each column holds, from left to right and between commas: `phone`, `first_name`, `last_name`, `full_name`,
    /// `notes`, `service`, `city`, `time_zone`, `tags`, `status`, `owner`, `list`, `follow_up_at`, `last_contact_at`,
    /// `summary`, or `-` for nothing. When absent the names of the columns say it. With it, a value that cannot be taken costs
    /// its row.
    #[param(example = "full_name,phone,-,notes")]
    pub(super) columns: Option<String>,
    /// Whether one rejected row keeps all others out.
    #[param(default = false)]
    pub(super) all_or_nothing: Option<bool>,
}

/// How a file would be taken in.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PreviewQuery {
    /// What each column holds, as an import is told.
    #[param(example = "full_name,phone,-,notes")]
    pub(super) columns: Option<String>,
}
