//! Moments in JSON, as chrono writes them. Its own way puts each letter through the escapes of JSON, and a page of leads has
//! two hundred moments.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serializer;

/// For `serialize_with`.
pub(crate) fn of<S: Serializer>(at: &DateTime<Utc>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// For `serialize_with`, where there may be none.
#[expect(
    clippy::ref_option,
    reason = "serde hands over a reference to the field"
)]
pub(crate) fn maybe<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => of(at, to),
        None => to.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_chrono_writes_it() -> serde_json::Result<()> {
        for micros in [
            0,
            1,
            999,
            1_000,
            1_500_000,
            1_795_805_113_030_327,
            -1,
            4_102_444_800_000_000,
        ] {
            let at = DateTime::from_timestamp_micros(micros).unwrap_or_default();
            let mut ours = Vec::new();
            of(&at, &mut serde_json::Serializer::new(&mut ours))?;
            assert_eq!(ours, serde_json::to_vec(&at)?, "{at}");
            let mut ours = Vec::new();
            maybe(&Some(at), &mut serde_json::Serializer::new(&mut ours))?;
            assert_eq!(ours, serde_json::to_vec(&Some(at))?, "{at}");
        }
        let mut none = Vec::new();
        maybe(&None, &mut serde_json::Serializer::new(&mut none))?;
        assert_eq!(none, b"null");
        Ok(())
    }
}
