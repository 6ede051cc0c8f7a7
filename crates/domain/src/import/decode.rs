use encoding_rs::{Encoding, UTF_8, WINDOWS_1255};

/// Why a file as a whole cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A spreadsheet or another program's own format.
    #[error("this is a workbook, not a CSV file; save it as \"CSV UTF-8\" and import that")]
    Workbook,
    /// Bytes that are no text in any encoding that spreadsheets write.
    #[error("this is not a text file; save the sheet as \"CSV UTF-8\" and import that")]
    NotText,
    /// No rows.
    #[error("the file is empty")]
    Empty,
    /// No column is headed as a phone number and the first row holds none.
    #[error(
        "no column holds phone numbers; head one of them \"phone\" or \"טלפון\" (found: {})", found(.header)
    )]
    NoPhoneColumn {
        /// How the columns are headed.
        header: Vec<String>,
    },
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
        }
    }
}

/// The columns found, short enough for one line.
fn found(header: &[String]) -> String {
    let shown: Vec<String> = header
        .iter()
        .take(8)
        .map(|name| name.chars().take(24).collect())
        .collect();
    shown.join(", ")
}

/// A file as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says, without a byte-order mark.
    pub content: String,
    /// The name of its encoding (WHATWG Encoding Standard).
    pub encoding: &'static str,
}

/// Recognises the encoding: a byte-order mark tells it, else UTF-8 where it fits, else Windows-1255, which is what Hebrew
/// spreadsheets write when asked for plain CSV.
///
/// # Errors
/// [`FileError::Workbook`] and [`FileError::NotText`].
pub fn decode(bytes: &[u8]) -> Result<Text, FileError> {
    // ZIP (xlsx, ods) and OLE compound files (xls).
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return Err(FileError::Workbook);
    }
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None if std::str::from_utf8(bytes).is_ok() => UTF_8,
        None => WINDOWS_1255,
    };
    let (content, _, broken) = encoding.decode(bytes);
    if broken || content.contains('\0') {
        return Err(FileError::NotText);
    }
    Ok(Text {
        content: content.into_owned(),
        encoding: encoding.name(),
    })
}

/// The rows of a file, the lines before them, and its delimiter: as a spreadsheet's `sep=;` line says, else whichever of
/// comma, semicolon, tab and bar the first line has most of.
pub(super) fn layout(content: &str) -> (&str, u64, u8) {
    let first = content.lines().next().unwrap_or_default();
    if let Some(&[delimiter]) = first.strip_prefix("sep=").map(str::as_bytes) {
        let body = content.split_once('\n').map_or("", |(_, body)| body);
        return (body, 1, delimiter);
    }
    let header = content
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts
            .iter_mut()
            .find(|(delimiter, _)| !quoted && *delimiter == byte)
        {
            *count += 1;
        }
    }
    // The first of equals: the comma.
    let delimiter = counts
        .iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(delimiter, _)| *delimiter);
    (content, 0, delimiter)
}
