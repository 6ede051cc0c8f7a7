use domain::events::SuppressionOrigin;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which suppressions.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuppressionQuery {
    /// Part of the number, as people write it: local or international.
    pub(super) q: Option<String>,
    /// `spoken`, `manual` or `import`.
    #[param(value_type = Option<String>)]
    pub(super) origin: Option<SuppressionOrigin>,
    /// `next_cursor` of the page before.
    pub(super) cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(super) limit: Option<u8>,
}
