//! Leads from a spreadsheet's CSV file: what the file says, row by row, as leads or as rejects with a reason. Pure, so
//! that a dry run, the command and the API all judge a file in the same way.

mod columns;
mod decode;
mod reject;

use std::collections::HashMap;

use chrono_tz::Tz;

pub use columns::{Columns, Field};
pub use decode::{FileError, Text, decode};
pub use reject::{Reject, RejectReason};

use crate::phone::{Country, PhoneNumber};

/// Longest first or last name, service, city or tag, in characters.
const LONGEST_WORDS: usize = 200;
/// Longest note, in characters.
const LONGEST_NOTE: usize = 10_000;

/// A row that became a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedLead {
    /// Its line in the file, counted from 1 as editors and spreadsheets count.
    pub row: u64,
    /// May be empty.
    pub first_name: String,
    /// May be empty.
    pub last_name: String,
    /// Whom to call.
    pub phone: PhoneNumber,
    /// What the file notes about the person.
    pub notes: Option<String>,
    /// What the person wants.
    pub service: Option<String>,
    /// Where the person lives.
    pub city: Option<String>,
    /// Whose clock the person lives by, where the file says so.
    pub time_zone: Option<Tz>,
    /// Tags, separated by commas or semicolons in the file.
    pub tags: Vec<String>,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The rows that became leads, in the order of the file; no number twice.
    pub leads: Vec<ImportedLead>,
    /// The rows that did not, in the order of the file.
    pub rejects: Vec<Reject>,
    /// The names of the columns as the file has them (empty for a file without a header), for writing rejects back.
    pub header: Vec<String>,
    /// The encoding the file was read in.
    pub encoding: &'static str,
}

/// Reads a whole file. Local numbers are read as of `country`.
///
/// # Errors
/// [`FileError`], when the file as a whole cannot be read: not text, empty, or without a column of phone numbers. What is
/// wrong with single rows is in [`Import::rejects`].
pub fn read(bytes: &[u8], country: Country) -> Result<Import, FileError> {
    let sheet = sheet(bytes, country)?;
    let mut import = Import {
        leads: Vec::new(),
        rejects: Vec::new(),
        header: sheet.columns.header(),
        encoding: sheet.encoding,
    };
    let mut seen = HashMap::new();
    for (row, record) in &sheet.rows {
        let judged = lead(record, *row, &sheet.columns, country).and_then(|lead| {
            match seen.get(&lead.phone) {
                Some(&first_row) => Err(RejectReason::DuplicateOf { row: first_row }),
                None => Ok(lead),
            }
        });
        match judged {
            Ok(lead) => {
                seen.insert(lead.phone.clone(), *row);
                import.leads.push(lead);
            }
            Err(reason) => import.rejects.push(Reject {
                row: *row,
                reason,
                fields: fields(record),
            }),
        }
    }
    Ok(import)
}

/// The rows of a file as they came, by their line: for writing back those that were refused later than by [`read`].
///
/// # Errors
/// As [`read`].
pub fn rows(
    bytes: &[u8],
    country: Country,
) -> Result<impl Iterator<Item = (u64, Vec<String>)>, FileError> {
    let sheet = sheet(bytes, country)?;
    Ok(sheet
        .rows
        .into_iter()
        .map(|(row, record)| (row, fields(&record))))
}

fn fields(record: &csv::StringRecord) -> Vec<String> {
    record.iter().map(ToOwned::to_owned).collect()
}

/// A file, taken apart.
struct Sheet {
    columns: Columns,
    encoding: &'static str,
    /// The rows that hold anything, the header not among them, by their line.
    rows: Vec<(u64, csv::StringRecord)>,
}

fn sheet(bytes: &[u8], country: Country) -> Result<Sheet, FileError> {
    let text = decode(bytes)?;
    let (body, skipped_lines, delimiter) = decode::layout(&text.content);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(body.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| FileError::NotText)?;
        if record.iter().any(|field| !field.trim().is_empty()) {
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line + skipped_lines, record));
        }
    }
    let (_, first) = rows.first().ok_or(FileError::Empty)?;
    let columns = Columns::from_header(first, country).ok_or_else(|| FileError::NoPhoneColumn {
        header: first.iter().map(|name| name.trim().to_owned()).collect(),
    })?;
    if columns.has_header() {
        rows.remove(0);
    }
    Ok(Sheet {
        columns,
        encoding: text.encoding,
        rows,
    })
}

fn lead(
    record: &csv::StringRecord,
    row: u64,
    columns: &Columns,
    country: Country,
) -> Result<ImportedLead, RejectReason> {
    if record
        .iter()
        .skip(columns.width())
        .any(|field| !field.trim().is_empty())
    {
        return Err(RejectReason::TooManyFields {
            expected: columns.width(),
        });
    }
    let phone = phone(record, columns, country)?;
    let words = |field: Field| text(record, columns, field, LONGEST_WORDS);
    let (mut first_name, mut last_name) = (words(Field::FirstName)?, words(Field::LastName)?);
    if first_name.is_empty() && last_name.is_empty() {
        let full = words(Field::FullName)?;
        let (first, last) = full.split_once(' ').unwrap_or((&full, ""));
        (first_name, last_name) = (first.to_owned(), last.trim_start().to_owned());
    }
    let some = |text: String| (!text.is_empty()).then_some(text);
    Ok(ImportedLead {
        row,
        first_name,
        last_name,
        phone,
        notes: some(text(record, columns, Field::Notes, LONGEST_NOTE)?),
        service: some(words(Field::Service)?),
        city: some(words(Field::City)?),
        time_zone: some(words(Field::TimeZone)?)
            .map(|name| {
                name.parse()
                    .map_err(|_| RejectReason::UnknownTimeZone(name))
            })
            .transpose()?,
        tags: words(Field::Tags)?
            .split([',', ';'])
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
            .map(ToOwned::to_owned)
            .collect(),
    })
}

/// The first number of the row that can be called; a file may have several columns of numbers.
fn phone(
    record: &csv::StringRecord,
    columns: &Columns,
    country: Country,
) -> Result<PhoneNumber, RejectReason> {
    let mut wrong = None;
    for text in columns
        .values(record, Field::Phone)
        .filter(|text| !text.trim().is_empty())
    {
        match PhoneNumber::parse(text, country) {
            Ok(number) => return Ok(number),
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    Err(RejectReason::Phone(
        wrong.unwrap_or(crate::phone::PhoneError::Missing),
    ))
}

/// A field without control characters and marks of direction, inner white space single (line breaks stay in notes).
fn text(
    record: &csv::StringRecord,
    columns: &Columns,
    field: Field,
    longest: usize,
) -> Result<String, RejectReason> {
    let raw = columns
        .values(record, field)
        .find(|text| !text.trim().is_empty())
        .unwrap_or_default();
    let visible: String = raw
        .chars()
        .filter(|letter| *letter == '\n' || letter.is_whitespace() || !letter.is_control())
        .filter(|letter| !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .collect();
    let tidy = match field {
        Field::Notes => visible.trim().to_owned(),
        _ => visible.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    // The apostrophe that `formula_safe` puts before what a spreadsheet would compute.
    let tidy = match tidy.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA_STARTS) => rest.to_owned(),
        _ => tidy,
    };
    if tidy.chars().count() > longest {
        return Err(RejectReason::TooLong { field, longest });
    }
    Ok(tidy)
}

/// What makes a spreadsheet compute a cell instead of showing it.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text for a cell of an exported CSV file that no spreadsheet takes for a formula (OWASP, "CSV Injection"). Reading
/// the file back with [`read`] gives the text again. Not for E.164 numbers, which are harmless and stay as they are.
#[must_use]
pub fn formula_safe(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(FORMULA_STARTS) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests;
