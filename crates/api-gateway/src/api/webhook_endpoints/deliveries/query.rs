use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How a delivery stands.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeliveryStatus {
    /// To be tried, for the first time or again.
    Pending,
    /// Accepted.
    Delivered,
    /// Given up.
    Failed,
}

impl DeliveryStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveriesQuery {
    /// Only those that stand so.
    #[param(inline)]
    pub(crate) status: Option<DeliveryStatus>,
    /// Only those of this type.
    pub(crate) event_type: Option<String>,
    /// `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
    /// Items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub(crate) limit: Option<u8>,
}
