use std::collections::HashMap;
use std::io::Read;

use chrono_tz::Tz;

use super::columns::{Columns, Mapping};
use super::encoding::Encoding;
use super::lead::{ImportedLead, lead};
use super::records::{Record, Records};
use super::{FileError, RejectReason};
use crate::phone::{Country, PhoneNumber};

/// As of where a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Local numbers are of this country.
    pub country: Country,
    /// Times are on this clock.
    pub zone: Tz,
}

/// A row and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its line in the file, counted from 1 as editors and spreadsheets count.
    pub line: u64,
    /// As it stands there.
    pub fields: Vec<String>,
    /// The lead that it became, or why it became none. No number comes twice.
    pub judged: Result<ImportedLead, RejectReason>,
}

/// The rows of a file, in its order, judged one by one in memory that grows by some bytes per row only.
pub struct Rows<R> {
    records: Records<R>,
    columns: Columns,
    ground: Ground,
    encoding: Encoding,
    /// A first row that is no header.
    first: Option<Record>,
    /// By the digits of a number, the line that had it first.
    seen: HashMap<u64, u64>,
}

impl<R: Read> Rows<R> {
    /// Reads the beginning of a file, from its first byte. `mapping` says what each column holds; without one the names of
    /// the columns do.
    ///
    /// # Errors
    /// [`FileError`], when the file as a whole cannot be imported. What is wrong with single rows is in the rows.
    pub fn open(
        file: R,
        encoding: Encoding,
        mapping: Option<&Mapping>,
        ground: Ground,
    ) -> Result<Self, FileError> {
        let mut records = Records::new(file, encoding)?;
        let first = records.next()?.ok_or(FileError::Empty)?;
        let columns = Columns::recognise(&first.fields, mapping, ground.country)?;
        Ok(Self {
            first: (!columns.has_header()).then_some(first),
            records,
            columns,
            ground,
            encoding,
            seen: HashMap::new(),
        })
    }

    /// Which column holds what.
    #[must_use]
    pub const fn columns(&self) -> &Columns {
        &self.columns
    }

    /// The encoding it is read in.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether a value that cannot be taken costs its row: somebody said what its column holds.
    #[must_use]
    pub const fn is_strict(&self) -> bool {
        self.columns.is_asked_for()
    }

    fn row(&mut self, record: Record) -> Row {
        let judged = self.judge(&record);
        Row {
            line: record.line,
            fields: record.fields,
            judged,
        }
    }

    fn judge(&mut self, record: &Record) -> Result<ImportedLead, RejectReason> {
        let is_unreadable =
            |letter| letter == '\0' || (self.encoding.is_damaged() && letter == '\u{fffd}');
        if record
            .fields
            .iter()
            .any(|field| field.contains(is_unreadable))
        {
            return Err(RejectReason::BrokenCharacters);
        }
        let lead = lead(record, &self.columns, self.ground)?;
        match self.seen.entry(digits(&lead.phone)) {
            std::collections::hash_map::Entry::Occupied(first) => {
                Err(RejectReason::DuplicateOf { row: *first.get() })
            }
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(record.line);
                Ok(lead)
            }
        }
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<Row, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.records.next(),
        };
        record
            .map(|record| record.map(|record| self.row(record)))
            .transpose()
    }
}

/// A number without its plus; at most 15 digits.
fn digits(phone: &PhoneNumber) -> u64 {
    phone.as_str()[1..].parse().unwrap_or_default()
}
