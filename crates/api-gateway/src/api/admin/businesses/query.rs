use serde::Deserialize;
use utoipa::IntoParams;

/// Which businesses.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BusinessQuery {
    /// A part of the name, or the id.
    pub(super) q: Option<String>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u8>,
}
