use super::Field;

/// How people head their columns, in lower case with single spaces and without punctuation.
const NAMES: [(Field, &[&str]); 15] = [
    (
        Field::Phone,
        &[
            "phone",
            "phone number",
            "phone e164",
            "phone local",
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
            "מספר נייד של הלקוח",
            "טלפון ראשי",
            "טלפון נוסף",
            "טלפון בבית",
            "טלפון לקוח",
            "main phone",
            "home phone",
            "work phone",
            "contact number",
            "msisdn",
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
    (
        Field::Status,
        &[
            "status",
            "lead status",
            "stage",
            "סטטוס",
            "סטאטוס",
            "סטטוס ליד",
            "שלב",
        ],
    ),
    (
        Field::Owner,
        &[
            "owner",
            "owner email",
            "assigned to",
            "agent",
            "sales rep",
            "אחראי",
            "נציג",
            "נציגה",
            "איש מכירות",
            "מטפל",
            "מטפלת",
        ],
    ),
    (
        Field::List,
        &["list", "list name", "lead list", "רשימה", "שם רשימה"],
    ),
    (
        Field::FollowUpAt,
        &[
            "follow up at",
            "follow up",
            "follow up date",
            "next contact",
            "call back at",
            "מועד מעקב",
            "תאריך מעקב",
            "לחזור בתאריך",
            "מועד חזרה",
        ],
    ),
    (
        Field::LastContactAt,
        &["last contact at", "last contact", "קשר אחרון"],
    ),
    (
        Field::Summary,
        &["summary", "call summary", "סיכום", "סיכום שיחה"],
    ),
];

/// Names that say too little for a guess when other words stand beside them.
const VAGUE: [&str; 12] = [
    "number", "מספר", "name", "first", "last", "contact", "lead", "client", "customer", "agent",
    "product", "stage",
];
/// The shortest name that a guess rests on, in characters.
const SHORTEST_GUESS: usize = 4;

impl Field {
    /// The field that a column of this name holds.
    pub(super) fn of_header(header: &str) -> Option<Self> {
        let name = plain(header);
        NAMES
            .iter()
            .find(|(_, names)| names.contains(&name.as_str()))
            .map(|(field, _)| *field)
    }

    /// The field that a column may hold whose name has a known one among other words.
    pub(super) fn guessed_of_header(header: &str) -> Option<Self> {
        let name = format!(" {} ", plain(header));
        NAMES
            .iter()
            .flat_map(|(field, names)| names.iter().map(move |known| (*field, *known)))
            .filter(|(_, known)| known.chars().count() >= SHORTEST_GUESS && !VAGUE.contains(known))
            .filter(|(_, known)| name.contains(&format!(" {known} ")))
            .max_by_key(|(_, known)| known.len())
            .map(|(field, _)| field)
    }
}

/// A header in lower case, with single spaces and without punctuation.
fn plain(header: &str) -> String {
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
    words.join(" ").to_lowercase()
}
