use serde::Deserialize;
use utoipa::IntoParams;

/// Which events.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Only these types, with commas between them: `status.changed`, `run.progress`, `run.finished`, `call.started`,
    /// `call.completed`, `notification`; `run.*` and `call.*` are all of a kind. `resync` comes in any case.
    #[param(
        pattern = r"^(status\.changed|run\.progress|run\.finished|call\.started|call\.completed|notification|status\.\*|run\.\*|call\.\*)(,(status\.changed|run\.progress|run\.finished|call\.started|call\.completed|notification|status\.\*|run\.\*|call\.\*))*$",
        example = "status.changed,run.*"
    )]
    pub(super) types: Option<String>,
    /// The stream ends after this many seconds; for clients that may not wait for long.
    #[param(minimum = 1, maximum = 3600, default = 3600)]
    pub(super) max_seconds: Option<u16>,
}
