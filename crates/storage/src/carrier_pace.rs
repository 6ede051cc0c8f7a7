//! `carrier_pace`: how many calls per second a carrier account may create, over all replicas. One row per account, a token
//! bucket in the form of the generic cell rate algorithm (ITU-T I.371): what is kept is the moment at which the next call
//! would be on time.

/// The pace of one account.
#[derive(Debug, Clone, PartialEq)]
pub struct CarrierPace {
    /// The account at the carrier.
    pub account: String,
    /// Calls that may be created per second; more than zero.
    pub calls_per_second: f64,
}

impl CarrierPace {
    /// Calls may come this much ahead of their time, in seconds: enough that a late turn loses none, so little that the
    /// carrier's own queue holds none for long.
    const AHEAD_SECONDS: f64 = 0.2;

    pub(crate) fn interval_seconds(&self) -> f64 {
        1.0 / self.calls_per_second
    }

    /// How far ahead of its time a call may be; one call is always allowed.
    pub(crate) fn tolerance_seconds(&self) -> f64 {
        (Self::AHEAD_SECONDS - self.interval_seconds()).max(0.0)
    }
}
