use super::Field;

/// What may stand between two fields.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How the rows of a file stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// What stands between two fields.
    pub(super) delimiter: u8,
    /// Bytes before the first row.
    pub(super) skipped: usize,
    /// Lines before the first row.
    pub(super) skipped_lines: u64,
}

impl Layout {
    /// Reads it off the beginning of a file: as a spreadsheet's `sep=;` line says, else whichever of comma, semicolon, tab and
    /// bar makes most of the first line known names of columns, and of those that are alike the most columns.
    pub(super) fn of(head: &[u8]) -> Self {
        if let Some([delimiter, rest @ ..]) = head.strip_prefix(b"sep=") {
            let end = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
            let end = end.take(2).count();
            if end > 0 {
                return Self {
                    delimiter: *delimiter,
                    skipped: "sep=".len() + 1 + end,
                    skipped_lines: 1,
                };
            }
        }
        let lines = head.split(|byte| matches!(byte, b'\r' | b'\n'));
        let first = lines
            .map(String::from_utf8_lossy)
            .find(|line| !line.trim().is_empty())
            .unwrap_or_default();
        let worth = |delimiter: u8| {
            let fields = split(&first, char::from(delimiter));
            let known = fields
                .iter()
                .filter(|name| Field::of_header(name).is_some());
            (known.count(), fields.len())
        };
        // The first of equals: the comma.
        let delimiter = DELIMITERS.into_iter().rev().max_by_key(|it| worth(*it));
        Self {
            delimiter: delimiter.unwrap_or(b','),
            skipped: 0,
            skipped_lines: 0,
        }
    }
}

/// A line at its delimiters, but not within quotes.
fn split(line: &str, delimiter: char) -> Vec<&str> {
    let mut quoted = false;
    line.split(|letter| {
        quoted ^= letter == '"';
        letter == delimiter && !quoted
    })
    .collect()
}
