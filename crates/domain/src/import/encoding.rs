use std::io::Read;

use encoding_rs::{CoderResult, Decoder, Encoding as Charset, UTF_8, WINDOWS_1252, WINDOWS_1255};

use super::FileError;

/// Bytes read at once.
pub(super) const CHUNK: usize = 64 << 10;
/// How programs that write no plain text begin their files: ZIP (xlsx, ods), OLE (xls), PDF, web pages and XML.
const OTHER_FORMATS: [&[u8]; 7] = [
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"%pdf-",
    b"<html",
    b"<!doctype",
    b"<table",
    b"<?xml",
];

/// By what an encoding was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundBy {
    /// The file begins with a byte-order mark.
    ByteOrderMark,
    /// Every byte is in its place in UTF-8.
    Validity,
    /// So many are that the others can only be damage.
    MostlyValid,
    /// Letters outside of ASCII stand side by side, as in Hebrew words.
    HebrewLetters,
    /// Letters outside of ASCII stand among Latin ones, as in names of Western Europe.
    WesternLetters,
}

impl FoundBy {
    /// A stable name for APIs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte_order_mark",
            Self::Validity => "validity",
            Self::MostlyValid => "mostly_valid",
            Self::HebrewLetters => "hebrew_letters",
            Self::WesternLetters => "western_letters",
        }
    }
}

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    charset: &'static Charset,
    found_by: FoundBy,
    damaged: bool,
}

impl Encoding {
    /// Recognises the encoding of a whole file: a byte-order mark tells it, else UTF-8 where it fits, else what the letters
    /// look like in Windows-1255, which is what Hebrew spreadsheets write when asked for plain CSV.
    ///
    /// # Errors
    /// [`FileError::Workbook`], [`FileError::NotText`], and [`FileError::Unreadable`] when the file cannot be read.
    pub fn of(mut file: impl Read) -> Result<Self, FileError> {
        let mut chunk = vec![0; CHUNK];
        let mut length = fill(&mut file, &mut chunk)?;
        let head = &chunk[..length];
        if is_another_format(head) {
            return Err(FileError::Workbook);
        }
        let mark = Charset::for_bom(head).map(|(charset, _)| charset);
        // The mark of UTF-32 begins as that of UTF-16 does.
        let is_wide = mark.is_some_and(|charset| charset != UTF_8);
        if head.starts_with(b"\xff\xfe\0\0") || (!is_wide && head.contains(&0)) {
            return Err(FileError::NotText);
        }
        let mut survey = Survey::of(mark.unwrap_or(UTF_8));
        while length > 0 {
            survey.feed(&chunk[..length]);
            length = fill(&mut file, &mut chunk)?;
        }
        survey.end();
        survey.verdict(mark)
    }

    /// Its name (WHATWG Encoding Standard).
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.charset.name()
    }

    /// By what it was recognised.
    #[must_use]
    pub const fn found_by(&self) -> FoundBy {
        self.found_by
    }

    /// Whether some bytes are no text in it: they are read as U+FFFD.
    pub(super) const fn is_damaged(self) -> bool {
        self.damaged
    }
}

/// Fills the buffer as far as the file goes.
fn fill(file: &mut impl Read, buffer: &mut [u8]) -> Result<usize, FileError> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(FileError::Unreadable(error.to_string())),
        }
    }
    Ok(filled)
}

fn is_another_format(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let start: Vec<u8> = text.trim_ascii_start().iter().take(16).copied().collect();
    OTHER_FORMATS.iter().any(|format| {
        start
            .get(..format.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(format))
    })
}

/// What the bytes look like: in the encoding that they may be in, and as letters of a code page of one byte each.
struct Survey {
    decoder: Decoder,
    text: Vec<u8>,
    /// Characters outside of ASCII.
    wide: u64,
    /// Bytes that are no character.
    broken: u64,
    previous: u8,
    /// Neighbours that are both Hebrew letters in Windows-1255.
    hebrew: u64,
    /// Neighbours of which one is a Latin letter and the other one of the upper half.
    western: u64,
    /// Neighbours that are both Hebrew letters in the code page of DOS, which is not read.
    dos: u64,
    /// Bytes that Windows-1255 does not define.
    undefined: u64,
    /// Bytes of the upper half.
    high: u64,
}

impl Survey {
    fn of(charset: &'static Charset) -> Self {
        Self {
            decoder: charset.new_decoder_with_bom_removal(),
            text: vec![0; CHUNK * 3 + 16],
            wide: 0,
            broken: 0,
            previous: 0,
            hebrew: 0,
            western: 0,
            dos: 0,
            undefined: 0,
            high: 0,
        }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.decode(bytes, false);
        if bytes.is_ascii() {
            self.previous = bytes.last().copied().unwrap_or_default();
            return;
        }
        for &byte in bytes {
            self.high += u64::from(!byte.is_ascii());
            self.undefined += u64::from(matches!(byte, 0xd9..=0xdf | 0xfb | 0xfc | 0xff));
            match (self.previous, byte) {
                (0xe0..=0xfa, 0xe0..=0xfa) => self.hebrew += 1,
                (0x80..=0x9a, 0x80..=0x9a) => self.dos += 1,
                (a, 0xc0..) | (0xc0.., a) if a.is_ascii_alphabetic() => self.western += 1,
                _ => {}
            }
            self.previous = byte;
        }
    }

    fn end(&mut self) {
        self.decode(&[], true);
    }

    fn decode(&mut self, mut bytes: &[u8], is_last: bool) {
        loop {
            let (result, read, written, had_errors) =
                self.decoder.decode_to_utf8(bytes, &mut self.text, is_last);
            bytes = &bytes[read..];
            let text = &self.text[..written];
            if !text.is_ascii() {
                // The first byte of a character is none of those that go on with one.
                let characters = text.iter().filter(|byte| (0xc0..).contains(*byte));
                self.wide += u64::try_from(characters.count()).unwrap_or(u64::MAX);
            }
            if had_errors {
                let broken = text
                    .windows(3)
                    .filter(|part| part == b"\xef\xbf\xbd")
                    .count();
                self.broken += u64::try_from(broken).unwrap_or(u64::MAX);
            }
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    fn verdict(&self, mark: Option<&'static Charset>) -> Result<Encoding, FileError> {
        let encoding = |charset, found_by, damaged| Encoding {
            charset,
            found_by,
            damaged,
        };
        let sound = self.wide.saturating_sub(self.broken);
        let is_damaged = self.broken > 0;
        Ok(match mark {
            Some(charset) => encoding(charset, FoundBy::ByteOrderMark, is_damaged),
            None if !is_damaged => encoding(UTF_8, FoundBy::Validity, false),
            // Text of a code page is hardly ever a character of UTF-8.
            None if sound > self.broken => encoding(UTF_8, FoundBy::MostlyValid, true),
            None if self.dos > self.hebrew.max(self.western) => return Err(FileError::NotText),
            None if self.western > self.hebrew => {
                encoding(WINDOWS_1252, FoundBy::WesternLetters, false)
            }
            // Hebrew text has none of them, or a few that were damaged on the way.
            None if self.undefined * 20 > self.high => return Err(FileError::NotText),
            None => encoding(WINDOWS_1255, FoundBy::HebrewLetters, self.undefined > 0),
        })
    }
}

/// A file as UTF-8, decoded as it is read, without a byte-order mark.
pub(super) struct Decoded<R> {
    file: R,
    decoder: Decoder,
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    /// The file has ended; the decoder may still hold something back.
    has_ended: bool,
    is_done: bool,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(file: R, encoding: Encoding) -> Self {
        Self {
            file,
            decoder: encoding.charset.new_decoder_with_bom_removal(),
            bytes: vec![0; CHUNK].into_boxed_slice(),
            start: 0,
            end: 0,
            has_ended: false,
            is_done: false,
        }
    }
}

impl<R: Read> Decoded<R> {
    /// Fills the buffer as far as the file goes and whole characters fit. Nothing comes at the end of the file only.
    pub(super) fn fill(&mut self, out: &mut [u8]) -> Result<usize, FileError> {
        let mut filled = 0;
        while !self.is_done {
            if self.start == self.end && !self.has_ended {
                self.start = 0;
                self.end = fill(&mut self.file, &mut self.bytes)?;
                self.has_ended = self.end == 0;
            }
            let (result, read, written, _) = self.decoder.decode_to_utf8(
                &self.bytes[self.start..self.end],
                &mut out[filled..],
                self.has_ended,
            );
            self.start += read;
            filled += written;
            if result == CoderResult::OutputFull {
                break;
            }
            self.is_done = self.has_ended;
        }
        Ok(filled)
    }
}
