use std::fmt;

use crate::messages::{self, Language, Value};

/// Why a file as a whole cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// A spreadsheet's or another program's own format.
    Workbook,
    /// Bytes that are no text in any encoding that spreadsheets write.
    NotText,
    /// No rows.
    Empty,
    /// No column is headed as a phone number and the first row holds none.
    NoPhoneColumn {
        /// How the columns are headed.
        header: Vec<String>,
    },
    /// Fewer columns than the caller says something of.
    FewerColumns {
        /// How many the caller names.
        asked: usize,
        /// How many there are.
        found: usize,
    },
    /// A row that no memory is spent on.
    RowTooLong {
        /// Where it begins.
        line: u64,
    },
    /// More rows than may be imported at once.
    TooManyRows {
        /// How many may be.
        most: u64,
    },
    /// The column of lists names more new ones than a person makes.
    TooManyLists {
        /// How many may be new.
        most: usize,
    },
    /// The file itself could not be read on.
    Unreadable(String),
}

impl FileError {
    /// A stable name for APIs and messages.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Workbook => "file_is_a_workbook",
            Self::NotText => "file_is_not_text",
            Self::Empty => "file_is_empty",
            Self::NoPhoneColumn { .. } => "no_phone_column",
            Self::FewerColumns { .. } => "fewer_columns",
            Self::RowTooLong { .. } => "row_too_long",
            Self::TooManyRows { .. } => "too_many_rows",
            Self::TooManyLists { .. } => "too_many_lists",
            Self::Unreadable(_) => "file_cannot_be_read",
        }
    }

    /// What is wrong and what to do about it, for people.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let number = |number: usize| Value::from(u64::try_from(number).unwrap_or(u64::MAX));
        match self {
            Self::Workbook => messages::text(language, "import-workbook", &[]),
            Self::NotText => messages::text(language, "import-not-text", &[]),
            Self::Empty => messages::text(language, "import-empty", &[]),
            Self::NoPhoneColumn { header } => {
                let found = found(header).into();
                messages::text(language, "import-no-phone-column", &[("found", found)])
            }
            Self::FewerColumns { asked, found } => {
                let values = [("asked", number(*asked)), ("found", number(*found))];
                messages::text(language, "import-fewer-columns", &values)
            }
            Self::RowTooLong { line } => {
                messages::text(language, "import-row-too-long", &[("row", (*line).into())])
            }
            Self::TooManyRows { most } => messages::text(
                language,
                "import-too-many-rows",
                &[("most", (*most).into())],
            ),
            Self::TooManyLists { most } => messages::text(
                language,
                "import-too-many-lists",
                &[("most", number(*most))],
            ),
            Self::Unreadable(error) => {
                let error = error.as_str().into();
                messages::text(language, "import-unreadable", &[("error", error)])
            }
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}

impl std::error::Error for FileError {}

/// The columns found, short enough for one line.
fn found(header: &[String]) -> String {
    let shown: Vec<String> = header
        .iter()
        .take(8)
        .map(|name| {
            name.chars()
                .filter(|letter| !letter.is_control())
                .take(24)
                .collect()
        })
        .collect();
    shown.join(", ")
}
