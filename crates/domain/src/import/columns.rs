use super::PhoneNumber;
use crate::phone::Country;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// A phone number; there may be several such columns.
    Phone,
    /// The first name.
    FirstName,
    /// The last name.
    LastName,
    /// First and last name in one.
    FullName,
    /// Anything that is known of the person.
    Notes,
    /// What the person wants.
    Service,
    /// Where the person lives.
    City,
    /// The person's time zone.
    TimeZone,
    /// Tags.
    Tags,
}

/// How people head their columns, in lower case with single spaces and without punctuation.
const NAMES: [(Field, &[&str]); 9] = [
    (
        Field::Phone,
        &[
            "phone",
            "phone number",
            "phone e164",
            "phone no",
            "mobile",
            "mobile phone",
            "mobile number",
            "cell",
            "cell phone",
            "cellphone",
            "cellular",
            "tel",
            "telephone",
            "telephone number",
            "whatsapp",
            "number",
            "טלפון",
            "מספר טלפון",
            "מס טלפון",
            "טל",
            "נייד",
            "טלפון נייד",
            "מספר נייד",
            "סלולרי",
            "טלפון סלולרי",
            "סלולארי",
            "פלאפון",
            "וואטסאפ",
            "מספר",
        ],
    ),
    (
        Field::FirstName,
        &[
            "first name",
            "firstname",
            "given name",
            "first",
            "שם פרטי",
            "פרטי",
        ],
    ),
    (
        Field::LastName,
        &[
            "last name",
            "lastname",
            "surname",
            "family name",
            "last",
            "שם משפחה",
            "משפחה",
        ],
    ),
    (
        Field::FullName,
        &[
            "name",
            "full name",
            "fullname",
            "contact",
            "contact name",
            "customer",
            "customer name",
            "lead",
            "lead name",
            "client",
            "שם",
            "שם מלא",
            "שם הלקוח",
            "שם לקוח",
            "לקוח",
            "לקוחה",
            "איש קשר",
            "שם ומשפחה",
            "שם פרטי ומשפחה",
            "שם הליד",
            "ליד",
        ],
    ),
    (
        Field::Notes,
        &[
            "notes",
            "note",
            "comments",
            "comment",
            "remarks",
            "remark",
            "הערות",
            "הערה",
            "פרטים",
            "תיאור",
        ],
    ),
    (
        Field::Service,
        &[
            "service",
            "product",
            "interest",
            "interested in",
            "שירות",
            "מוצר",
            "סוג שירות",
            "תחום עניין",
        ],
    ),
    (
        Field::City,
        &["city", "town", "עיר", "ישוב", "יישוב", "עיר מגורים"],
    ),
    (
        Field::TimeZone,
        &["time zone", "timezone", "tz", "אזור זמן", "איזור זמן"],
    ),
    (
        Field::Tags,
        &["tags", "tag", "labels", "תגיות", "תגית", "תוויות"],
    ),
];

impl Field {
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
        }
    }

    fn of_header(header: &str) -> Option<Self> {
        let words: String = header
            .chars()
            .filter(|letter| {
                !matches!(
                    letter,
                    '\u{200e}' | '\u{200f}' | '\'' | '"' | '\u{5f3}' | '\u{5f4}' | '.' | ':'
                )
            })
            .map(|letter| {
                if letter.is_alphanumeric() {
                    letter
                } else {
                    ' '
                }
            })
            .collect();
        let words: Vec<&str> = words.split_whitespace().collect();
        // `Phone 2` is a phone, too.
        let words = match words.split_last() {
            Some((last, rest))
                if !rest.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                rest
            }
            _ => &words,
        };
        let name = words.join(" ").to_lowercase();
        NAMES
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()))
            .map(|(field, _)| *field)
    }
}

/// Which column holds what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    fields: Vec<Option<Field>>,
    header: Vec<String>,
}

impl Columns {
    /// Reads the first row: a header in Hebrew or English, in any order, or, in a file without one, the first person (then
    /// the column with the number is the phone and the first other one the name). `None` when no column is a phone.
    #[must_use]
    pub fn from_header(first: &csv::StringRecord, country: Country) -> Option<Self> {
        let named: Vec<Option<Field>> = first.iter().map(Field::of_header).collect();
        if named.contains(&Some(Field::Phone)) {
            let header = first.iter().map(|name| name.trim().to_owned()).collect();
            return Some(Self {
                fields: named,
                header,
            });
        }
        let phone = first
            .iter()
            .position(|field| PhoneNumber::parse(field, country).is_ok())?;
        let name = (0..first.len()).find(|&column| column != phone);
        let fields = (0..first.len())
            .map(|column| match column {
                _ if column == phone => Some(Field::Phone),
                _ if Some(column) == name => Some(Field::FullName),
                _ => None,
            })
            .collect();
        Some(Self {
            fields,
            header: Vec::new(),
        })
    }

    pub(super) fn has_header(&self) -> bool {
        !self.header.is_empty()
    }

    pub(super) fn header(&self) -> Vec<String> {
        self.header.clone()
    }

    /// How many fields a row may have; a file without a header promises nothing.
    pub(super) fn width(&self) -> usize {
        if self.has_header() {
            self.fields.len()
        } else {
            usize::MAX
        }
    }

    /// The values of all columns of one kind, from left to right.
    pub(super) fn values<'r>(
        &'r self,
        record: &'r csv::StringRecord,
        field: Field,
    ) -> impl Iterator<Item = &'r str> + 'r {
        self.fields
            .iter()
            .zip(record.iter())
            .filter(move |(kind, _)| **kind == Some(field))
            .map(|(_, value)| value)
    }
}
