use std::io::Read;

use super::columns::Columns;
use super::encoding::Encoding;
use super::records::Records;
use super::{Field, FileError};
use crate::phone::{Country, PhoneNumber};

/// Rows that a sample is taken of, the header among them.
const ROWS: usize = 21;
/// Values that are shown of a column.
const VALUES: usize = 3;
/// Longest value that is shown, in characters.
const LONGEST: usize = 80;
/// Words beside which a number that looks like one of a phone is none.
const NO_PHONES: [&str; 8] = ["id", "ת.ז", "תז", "זהות", "ח.פ", "תאריך", "date", "price"];

/// The beginning of a file, for a person who says what its columns hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    delimiter: char,
    rows: Vec<Vec<String>>,
}

/// A column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampledColumn {
    /// How it is headed, where the file has a header.
    pub name: Option<String>,
    /// What it is taken for.
    pub field: Option<Field>,
    /// What it may hold, where it is taken for nothing.
    pub suggestion: Option<Field>,
    /// Its first values.
    pub values: Vec<String>,
}

impl Sample {
    /// Reads the beginning of a file, from its first byte.
    ///
    /// # Errors
    /// [`FileError`], when it has no rows or one that is too long.
    pub fn read(file: impl Read, encoding: Encoding) -> Result<Self, FileError> {
        let mut records = Records::new(file, encoding)?;
        let mut rows = Vec::new();
        while rows.len() < ROWS
            && let Some(record) = records.next()?
        {
            rows.push(record.fields);
        }
        if rows.is_empty() {
            return Err(FileError::Empty);
        }
        Ok(Self {
            delimiter: char::from(records.layout().delimiter),
            rows,
        })
    }

    /// What stands between two fields.
    #[must_use]
    pub const fn delimiter(&self) -> char {
        self.delimiter
    }

    /// The columns: as they are taken, or, where no column is known to hold phone numbers, as far as their names are known.
    #[must_use]
    pub fn columns(&self, taken: Option<&Columns>, country: Country) -> Vec<SampledColumn> {
        let has_header = taken.is_none_or(Columns::has_header);
        let Some(first) = self.rows.first() else {
            return Vec::new();
        };
        let below = if has_header {
            &self.rows[1..]
        } else {
            &self.rows
        };
        let has_phone = taken.is_some();
        let column = |place: usize| {
            let name = has_header.then(|| shown(&first[place]));
            let field = match taken {
                Some(columns) => columns.fields().get(place).copied().flatten(),
                None => Field::of_header(&first[place]),
            };
            let values = below.iter().filter_map(|row| row.get(place));
            let values: Vec<&String> = values.filter(|text| !text.trim().is_empty()).collect();
            SampledColumn {
                suggestion: match field {
                    Some(_) => None,
                    None => suggestion(name.as_deref(), &values, country)
                        .filter(|field| *field != Field::Phone || !has_phone),
                },
                name,
                field,
                values: values.iter().take(VALUES).map(|text| shown(text)).collect(),
            }
        };
        (0..first.len()).map(column).collect()
    }
}

fn shown(text: &str) -> String {
    let visible = text.trim().chars().filter(|letter| !letter.is_control());
    visible.take(LONGEST).collect()
}

/// What a column may hold by a part of its name, or by what most of its values are.
fn suggestion(name: Option<&str>, values: &[&String], country: Country) -> Option<Field> {
    if let Some(field) = name.and_then(Field::guessed_of_header) {
        return Some(field);
    }
    let most = |is_one: &dyn Fn(&str) -> bool| {
        let hits = values.iter().filter(|text| is_one(text)).count();
        hits > 0 && hits * 2 > values.len()
    };
    let lower = name.unwrap_or_default().to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let may_be_phone = !NO_PHONES.iter().any(|word| words.contains(word));
    if may_be_phone && most(&|text| PhoneNumber::parse(text, country).is_ok()) {
        return Some(Field::Phone);
    }
    most(&|text| text.parse::<chrono_tz::Tz>().is_ok()).then_some(Field::TimeZone)
}
