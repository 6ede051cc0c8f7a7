use std::fmt;

use super::Field;
use crate::phone::PhoneError;

/// A row that did not become a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its line in the file, counted from 1.
    pub row: u64,
    /// Why.
    pub reason: RejectReason,
    /// The row as it came, for writing it back so that a person can mend it.
    pub fields: Vec<String>,
}

/// Why a row did not become a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectReason {
    /// Its number cannot be called.
    Phone(PhoneError),
    /// An earlier row of the file has the same number.
    DuplicateOf {
        /// The line of the earlier row.
        row: u64,
    },
    /// The business has a lead with this number already. Only who knows the business's leads can tell.
    AlreadyALead,
    /// The business must not call this number. Only who knows the business's suppressions can tell.
    Suppressed,
    /// More fields than the header has names: probably a delimiter inside a text that is not quoted.
    TooManyFields {
        /// How many there should be.
        expected: usize,
    },
    /// Its time zone is none.
    UnknownTimeZone(String),
    /// A text that does not fit.
    TooLong {
        /// Which.
        field: Field,
        /// How many characters fit.
        longest: usize,
    },
}

impl RejectReason {
    /// A stable name for APIs and messages.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Phone(error) => error.code(),
            Self::DuplicateOf { .. } => "duplicate_in_file",
            Self::AlreadyALead => "already_a_lead",
            Self::Suppressed => "suppressed",
            Self::TooManyFields { .. } => "too_many_fields",
            Self::UnknownTimeZone(_) => "unknown_time_zone",
            Self::TooLong { .. } => "too_long",
        }
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(error) => error.fmt(f),
            Self::DuplicateOf { row } => write!(f, "row {row} has the same number"),
            Self::AlreadyALead => f.write_str("there is a lead with this number already"),
            Self::Suppressed => f.write_str("this number asked not to be called"),
            Self::TooManyFields { expected } => {
                write!(
                    f,
                    "the row has more than {expected} fields; put texts with delimiters in quotes"
                )
            }
            Self::UnknownTimeZone(name) => write!(
                f,
                "{name:?} is not the name of a time zone, as America/New_York is (IANA)"
            ),
            Self::TooLong { field, longest } => {
                write!(f, "{} has more than {longest} characters", field.as_str())
            }
        }
    }
}
