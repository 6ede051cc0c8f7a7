use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::cells::{tags_of, unquoted};
use super::columns::Columns;
use super::records::Record;
use super::times::time;
use super::{Field, Ground, RejectReason};
use crate::phone::{PhoneError, PhoneNumber};

/// Longest first or last name, service, city or tag, in characters.
const LONGEST_WORDS: usize = 200;
/// Longest note or summary, in characters.
const LONGEST_TEXT: usize = 100_000;
/// Most tags of a lead.
const MOST_TAGS: usize = 50;

/// A row that became a lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedLead {
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
    /// The status as the file says it.
    pub status: Option<String>,
    /// Who looks after it, as the file says it.
    pub owner: Option<String>,
    /// The list that it is on, as the file says it.
    pub list: Option<String>,
    /// When to call again.
    pub follow_up_at: Option<DateTime<Utc>>,
    /// When the newest conversation took place.
    pub last_contact_at: Option<DateTime<Utc>>,
    /// Summary of the newest conversation.
    pub summary: Option<String>,
    /// Fields whose value could not be taken, of columns of which nobody said what they hold.
    pub passed_over: Vec<Field>,
}

/// Makes a lead of a row.
pub(super) fn lead(
    record: &Record,
    columns: &Columns,
    ground: Ground,
) -> Result<ImportedLead, RejectReason> {
    if record.is_torn {
        return Err(RejectReason::BrokenQuotes {
            last_row: record.last_line,
        });
    }
    let beyond = record.fields.iter().skip(columns.width());
    if beyond.into_iter().any(|field| !field.trim().is_empty()) {
        return Err(RejectReason::TooManyFields {
            expected: columns.width(),
        });
    }
    let phone = phone(&record.fields, columns, ground)?;
    let cells = Cells { record, columns };
    let (mut first_name, mut last_name) = (
        cells.words(Field::FirstName)?,
        cells.words(Field::LastName)?,
    );
    if first_name.is_empty() && last_name.is_empty() {
        let full = cells.words(Field::FullName)?;
        let (first, last) = full.split_once(' ').unwrap_or((&full, ""));
        (first_name, last_name) = (first.to_owned(), last.trim_start().to_owned());
    }
    let mut passed_over = Vec::new();
    let mut time = |field| match cells.time(field, ground) {
        Err(_) if !columns.is_asked_for() => {
            passed_over.push(field);
            Ok(None)
        }
        time => time,
    };
    Ok(ImportedLead {
        first_name,
        last_name,
        phone,
        follow_up_at: time(Field::FollowUpAt)?,
        last_contact_at: time(Field::LastContactAt)?,
        notes: some(cells.notes()?),
        service: some(cells.words(Field::Service)?),
        city: some(cells.words(Field::City)?),
        time_zone: some(cells.words(Field::TimeZone)?)
            .map(|name| {
                name.parse()
                    .map_err(|_| RejectReason::UnknownTimeZone(name))
            })
            .transpose()?,
        tags: cells.tags()?,
        status: some(cells.words(Field::Status)?),
        owner: some(cells.words(Field::Owner)?),
        list: some(cells.words(Field::List)?),
        summary: some(cells.text(Field::Summary, LONGEST_TEXT)?),
        passed_over,
    })
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

/// The first number of the row that can be called; a file may have several columns of numbers.
fn phone(
    fields: &[String],
    columns: &Columns,
    ground: Ground,
) -> Result<PhoneNumber, RejectReason> {
    let mut wrong = None;
    for (_, text) in columns.values(fields, Field::Phone) {
        match PhoneNumber::parse(text, ground.country) {
            Ok(number) => return Ok(number),
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    Err(RejectReason::Phone(wrong.unwrap_or(PhoneError::Missing)))
}

/// What a row has in which column.
struct Cells<'r> {
    record: &'r Record,
    columns: &'r Columns,
}

impl Cells<'_> {
    /// The first value of a kind.
    fn text(&self, field: Field, longest: usize) -> Result<String, RejectReason> {
        let raw = self.columns.values(&self.record.fields, field).next();
        let tidy = tidy(raw.map_or("", |(_, text)| text), field);
        fitting(tidy, field, longest)
    }

    fn words(&self, field: Field) -> Result<String, RejectReason> {
        self.text(field, LONGEST_WORDS)
    }

    /// What all columns of notes say, one after the other; each that is headed as something else under its own name.
    fn notes(&self) -> Result<String, RejectReason> {
        let header = self.columns.header();
        let line = |(column, text): (usize, &str)| {
            let text = tidy(text, Field::Notes);
            match header.get(column) {
                Some(name) if Field::of_header(name) != Some(Field::Notes) => {
                    format!("{name}: {text}")
                }
                _ => text,
            }
        };
        let values = self.columns.values(&self.record.fields, Field::Notes);
        let lines: Vec<String> = values.map(line).collect();
        fitting(lines.join("\n"), Field::Notes, LONGEST_TEXT)
    }

    fn tags(&self) -> Result<Vec<String>, RejectReason> {
        let values = self.columns.values(&self.record.fields, Field::Tags);
        let mut tags: Vec<String> = Vec::new();
        for tag in values.flat_map(|(_, cell)| tags_of(&tidy(cell, Field::Tags))) {
            let tag = fitting(tag, Field::Tags, LONGEST_WORDS)?;
            if !tags.contains(&tag) {
                tags.push(tag);
            }
            if tags.len() > MOST_TAGS {
                return Err(RejectReason::TooManyTags { most: MOST_TAGS });
            }
        }
        Ok(tags)
    }

    fn time(&self, field: Field, ground: Ground) -> Result<Option<DateTime<Utc>>, RejectReason> {
        let Some(text) = some(self.words(field)?) else {
            return Ok(None);
        };
        match time(&text, ground.zone) {
            Some(at) => Ok(Some(at)),
            None => Err(RejectReason::UnknownTime { field, text }),
        }
    }
}

fn fitting(text: String, field: Field, longest: usize) -> Result<String, RejectReason> {
    if text.len() > longest && text.chars().count() > longest {
        return Err(RejectReason::TooLong { field, longest });
    }
    Ok(text)
}

/// A field without control characters and marks of direction, inner white space single (texts keep theirs).
fn tidy(raw: &str, field: Field) -> String {
    let visible: String = raw
        .chars()
        .filter(|letter| *letter == '\n' || letter.is_whitespace() || !letter.is_control())
        .filter(|letter| !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .collect();
    let tidy = match field {
        Field::Notes | Field::Summary => visible.trim().to_owned(),
        _ => visible.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    unquoted(&tidy).to_owned()
}
