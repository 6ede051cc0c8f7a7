use std::fmt;

use serde_json::{Map, Value, json};

use super::Field;
use super::cells::formula_safe;
use crate::messages::{self, Language};
use crate::phone::PhoneError;

/// Most characters of a value that is shown in the reason.
const SHOWN: usize = 60;

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
    /// A lead of the business has this number already. Only who knows the business's leads can tell.
    AlreadyALead {
        /// Its id.
        lead: i64,
    },
    /// The business must not call this number. Only who knows the business's suppressions can tell.
    Suppressed,
    /// More fields than the header has names: probably a delimiter inside a text that is not quoted.
    TooManyFields {
        /// How many there should be.
        expected: usize,
    },
    /// A quote swallowed what follows.
    BrokenQuotes {
        /// The last line that was swallowed.
        last_row: u64,
    },
    /// Bytes that are no characters.
    BrokenCharacters,
    /// Its time zone is none.
    UnknownTimeZone(String),
    /// The business has no active status of this name or label.
    UnknownStatus(String),
    /// The business has no user, or more than one, of this address or name.
    UnknownOwner(String),
    /// A time that cannot be read.
    UnknownTime {
        /// Which.
        field: Field,
        /// What stands there.
        text: String,
    },
    /// A text that does not fit.
    TooLong {
        /// Which.
        field: Field,
        /// How many characters fit.
        longest: usize,
    },
    /// More tags than a lead may have.
    TooManyTags {
        /// How many it may.
        most: usize,
    },
}

impl RejectReason {
    /// Every code that there is.
    pub const CODES: [&'static str; 16] = [
        "phone_missing",
        "phone_rounded",
        "phone_not_a_number",
        "phone_impossible",
        "duplicate_in_file",
        "already_a_lead",
        "suppressed",
        "too_many_fields",
        "broken_quotes",
        "broken_characters",
        "unknown_time_zone",
        "unknown_status",
        "unknown_owner",
        "unknown_time",
        "too_long",
        "too_many_tags",
    ];

    /// A stable name for APIs and messages.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Phone(error) => error.code(),
            Self::DuplicateOf { .. } => "duplicate_in_file",
            Self::AlreadyALead { .. } => "already_a_lead",
            Self::Suppressed => "suppressed",
            Self::TooManyFields { .. } => "too_many_fields",
            Self::BrokenQuotes { .. } => "broken_quotes",
            Self::BrokenCharacters => "broken_characters",
            Self::UnknownTimeZone(_) => "unknown_time_zone",
            Self::UnknownStatus(_) => "unknown_status",
            Self::UnknownOwner(_) => "unknown_owner",
            Self::UnknownTime { .. } => "unknown_time",
            Self::TooLong { .. } => "too_long",
            Self::TooManyTags { .. } => "too_many_tags",
        }
    }

    /// Whether the person is known already: in the file or among the leads.
    #[must_use]
    pub const fn is_duplicate(&self) -> bool {
        matches!(self, Self::DuplicateOf { .. } | Self::AlreadyALead { .. })
    }

    /// What its sentence is filled in with; see [`sentence`].
    #[must_use]
    pub fn values(&self) -> Map<String, Value> {
        let shown = |text: &str| -> String {
            let visible = text.chars().filter(|letter| !letter.is_control());
            visible.take(SHOWN).collect()
        };
        let values = match self {
            Self::Phone(_) | Self::Suppressed | Self::BrokenCharacters => json!({}),
            Self::DuplicateOf { row } => json!({ "row": row }),
            Self::AlreadyALead { lead } => json!({ "lead": lead }),
            Self::TooManyFields { expected } => json!({ "expected": expected }),
            Self::BrokenQuotes { last_row } => json!({ "last": last_row }),
            Self::UnknownTimeZone(text) | Self::UnknownStatus(text) | Self::UnknownOwner(text) => {
                json!({ "value": shown(text) })
            }
            Self::UnknownTime { field, text } => {
                json!({ "field": field.as_str(), "value": shown(text) })
            }
            Self::TooLong { field, longest } => {
                json!({ "field": field.as_str(), "longest": longest })
            }
            Self::TooManyTags { most } => json!({ "most": most }),
        };
        match values {
            Value::Object(values) => values,
            _ => Map::new(),
        }
    }

    /// The reason for people.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        sentence(language, self.code(), &self.values())
    }
}

impl fmt::Display for RejectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}

/// The header of a file of rejected rows, that of the file they come from with two columns more; none where that had none.
#[must_use]
pub fn reject_header(header: &[String], language: Language) -> Option<Vec<String>> {
    let more = [
        messages::text(language, "rejects-row", &[]),
        messages::text(language, "rejects-reason", &[]),
    ];
    (!header.is_empty()).then(|| {
        let names = header.iter().map(|name| formula_safe(name).into_owned());
        names.chain(more).collect()
    })
}

/// A rejected row as it is written back, so that it can be mended and imported again: its cells, its line and the reason.
#[must_use]
pub fn reject_cells(
    header: &[String],
    fields: &[String],
    line: impl fmt::Display,
    reason: &str,
) -> Vec<String> {
    let mut cells: Vec<String> = fields
        .iter()
        .map(|field| formula_safe(field).into_owned())
        .collect();
    cells.resize(header.len().max(cells.len()), String::new());
    cells.extend([line.to_string(), formula_safe(reason).into_owned()]);
    cells
}

/// The sentence of a reason that was kept as its code and its values.
#[must_use]
pub fn sentence(language: Language, code: &str, values: &Map<String, Value>) -> String {
    let values: Vec<(&str, messages::Value<'_>)> = values
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Value::Number(number) => match number.as_i64() {
                    Some(number) => number.into(),
                    None => number.to_string().into(),
                },
                Value::String(text) => text.as_str().into(),
                other => other.to_string().into(),
            };
            (name.as_str(), value)
        })
        .collect();
    messages::text(language, &format!("reject-{code}"), &values)
}
