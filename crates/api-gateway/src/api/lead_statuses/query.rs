use serde::Deserialize;
use utoipa::IntoParams;

/// Where the leads go.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeleteQuery {
    /// The name of another active status; needed where leads stand in this one.
    pub(super) move_to: Option<String>,
}
