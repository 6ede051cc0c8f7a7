use std::fmt;
use std::str::FromStr;

/// A place in what a business hears: the `id` of an event, which comes back as `Last-Event-ID`. On the replica that gave it
/// the sequence number is exact; to any other one the time says what must have been heard by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// When this was heard, in milliseconds since 1970.
    pub(super) at_ms: i64,
    /// Whose sequence it is.
    pub(super) replica: u32,
    /// Grows with every event that the replica remembers.
    pub(super) seq: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at_ms,
            replica,
            seq,
        } = self;
        write!(f, "{at_ms}-{replica:08x}-{seq}")
    }
}

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().ok_or(());
        Ok(Self {
            at_ms: part()?.parse().map_err(drop)?,
            replica: u32::from_str_radix(part()?, 16).map_err(drop)?,
            seq: part()?.parse().map_err(drop)?,
        })
    }
}
