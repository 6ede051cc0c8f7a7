use std::str::FromStr;

use super::{FileError, PhoneNumber};
use crate::phone::Country;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// A phone number; there may be several such columns.
    Phone,
    /// The first name.
    FirstName,
    /// The last name.
    LastName,
    /// First and last name in one.
    FullName,
    /// Anything that is known of the person; there may be several such columns.
    Notes,
    /// What the person wants.
    Service,
    /// Where the person lives.
    City,
    /// The person's time zone.
    TimeZone,
    /// Tags.
    Tags,
    /// The status, by its name or label.
    Status,
    /// Who looks after the person, by e-mail address or name.
    Owner,
    /// The list that the person is on.
    List,
    /// When to call again.
    FollowUpAt,
    /// When the newest conversation took place.
    LastContactAt,
    /// Summary of the newest conversation.
    Summary,
}

/// What stands in the place of a field for a column that is passed over.
const NOTHING: &str = "-";

impl Field {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Phone,
        Self::FirstName,
        Self::LastName,
        Self::FullName,
        Self::Notes,
        Self::Service,
        Self::City,
        Self::TimeZone,
        Self::Tags,
        Self::Status,
        Self::Owner,
        Self::List,
        Self::FollowUpAt,
        Self::LastContactAt,
        Self::Summary,
    ];

    /// The name of the field in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::FullName => "full_name",
            Self::Notes => "notes",
            Self::Service => "service",
            Self::City => "city",
            Self::TimeZone => "time_zone",
            Self::Tags => "tags",
            Self::Status => "status",
            Self::Owner => "owner",
            Self::List => "list",
            Self::FollowUpAt => "follow_up_at",
            Self::LastContactAt => "last_contact_at",
            Self::Summary => "summary",
        }
    }
}

/// Which column holds what, as somebody says it: one field per column, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping(Vec<Option<Field>>);

/// Not a mapping of columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A word that is no field.
    #[error("{0:?} is not a field; name one per column, in order: {fields} or - for none", fields = field_names())]
    UnknownField(String),
    /// Nobody can be called.
    #[error("one of the columns must be the phone")]
    NoPhone,
}

fn field_names() -> String {
    Field::ALL.map(Field::as_str).join(", ")
}

impl FromStr for Mapping {
    type Err = MappingError;

    /// Reads `full_name,phone,-,notes`.
    fn from_str(text: &str) -> Result<Self, MappingError> {
        let field = |word: &str| match word.trim() {
            "" | NOTHING => Ok(None),
            name => Field::ALL
                .into_iter()
                .find(|field| field.as_str() == name)
                .map(Some)
                .ok_or_else(|| MappingError::UnknownField(name.to_owned())),
        };
        let fields = text.split(',').map(field).collect::<Result<Vec<_>, _>>()?;
        if !fields.contains(&Some(Field::Phone)) {
            return Err(MappingError::NoPhone);
        }
        Ok(Self(fields))
    }
}

/// Which column of a file holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    fields: Vec<Option<Field>>,
    header: Vec<String>,
    has_header: bool,
    is_asked_for: bool,
}

impl Columns {
    /// Reads the first row: a header in Hebrew or English, in any order, or, in a file without one, the first person (then
    /// the column with the number is the phone and the first other one the name). A mapping that somebody gave is followed
    /// instead of the names.
    ///
    /// # Errors
    /// [`FileError::NoPhoneColumn`], and [`FileError::FewerColumns`] than the mapping has.
    pub(super) fn recognise(
        first: &[String],
        mapping: Option<&Mapping>,
        country: Country,
    ) -> Result<Self, FileError> {
        let header: Vec<String> = first.iter().map(|name| name.trim().to_owned()).collect();
        let is_number = |text: &String| PhoneNumber::parse(text, country).is_ok();
        if let Some(Mapping(asked)) = mapping {
            if asked.len() > first.len() {
                return Err(FileError::FewerColumns {
                    asked: asked.len(),
                    found: first.len(),
                });
            }
            let mut fields = asked.clone();
            fields.resize(first.len(), None);
            let mut cells = fields.iter().zip(first);
            let has_header =
                !cells.any(|(field, cell)| *field == Some(Field::Phone) && is_number(cell));
            return Ok(Self::new(fields, header, has_header, true));
        }
        let named: Vec<Option<Field>> = first.iter().map(|name| Field::of_header(name)).collect();
        if named.contains(&Some(Field::Phone)) {
            return Ok(Self::new(named, header, true, false));
        }
        let Some(phone) = first.iter().position(is_number) else {
            return Err(FileError::NoPhoneColumn { header });
        };
        let name = (0..first.len()).find(|&column| column != phone);
        let fields = (0..first.len()).map(|column| match column {
            _ if column == phone => Some(Field::Phone),
            _ if Some(column) == name => Some(Field::FullName),
            _ => None,
        });
        Ok(Self::new(fields.collect(), header, false, false))
    }

    fn new(
        fields: Vec<Option<Field>>,
        header: Vec<String>,
        has_header: bool,
        is_asked_for: bool,
    ) -> Self {
        Self {
            fields,
            header: if has_header { header } else { Vec::new() },
            has_header,
            is_asked_for,
        }
    }

    /// Whether the first row is one.
    #[must_use]
    pub const fn has_header(&self) -> bool {
        self.has_header
    }

    /// How the columns are headed; empty for a file without a header.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What each column holds; none for one that is passed over.
    #[must_use]
    pub fn fields(&self) -> &[Option<Field>] {
        &self.fields
    }

    /// Whether somebody said which column holds what: then a value that cannot be taken costs the row, and no guess is made.
    pub(super) const fn is_asked_for(&self) -> bool {
        self.is_asked_for
    }

    /// How many fields a row may have; a file without a header promises nothing.
    pub(super) const fn width(&self) -> usize {
        if self.has_header {
            self.fields.len()
        } else {
            usize::MAX
        }
    }

    /// The values of all columns of one kind that hold anything, from left to right, each with its place.
    pub(super) fn values<'r>(
        &'r self,
        row: &'r [String],
        field: Field,
    ) -> impl Iterator<Item = (usize, &'r str)> + 'r {
        self.fields
            .iter()
            .zip(row)
            .enumerate()
            .filter(move |(_, (kind, value))| **kind == Some(field) && !value.trim().is_empty())
            .map(|(column, (_, value))| (column, value.as_str()))
    }
}
