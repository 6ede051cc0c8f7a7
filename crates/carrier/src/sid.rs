//! The carrier's ids.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Text that cannot be an id of the carrier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the carrier: it must be 1 to 64 letters, digits, '-' or '_'")]
pub struct InvalidSid;

macro_rules! sid {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        ///
        /// Twilio's are two letters and 32 hexadecimal digits; compatible carriers use UUIDs, so only what could
        /// break out of a URL path or a log line is refused.
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as the carrier writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidSid;

            fn try_from(text: String) -> Result<Self, InvalidSid> {
                let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
                if (1..=64).contains(&text.len()) && text.chars().all(plain) {
                    Ok(Self(text))
                } else {
                    Err(InvalidSid)
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidSid;

            fn from_str(text: &str) -> Result<Self, InvalidSid> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(sid: $name) -> Self {
                sid.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

sid!(
    /// The id of a call (`CA…`).
    CallSid,
    /// The id of a recording (`RE…`).
    RecordingSid,
);

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::twilio("CA0123456789abcdef0123456789abcdef", true)]
    #[case::compatible("2f4ef9f0-6f5c-4e5a-9d0a-0c2f9f2f2a01", true)]
    #[case::empty("", false)]
    #[case::path("../Accounts", false)]
    #[case::query("CA1?x=1", false)]
    #[case::long(&"a".repeat(65), false)]
    fn an_id_cannot_leave_its_path_segment(#[case] text: &str, #[case] valid: bool) {
        assert_eq!(text.parse::<CallSid>().is_ok(), valid);
    }
}
