use std::io::Read;

use csv_core::{ReadRecordResult, ReaderBuilder};

use super::FileError;
use super::encoding::{CHUNK, Decoded, Encoding};
use super::layout::Layout;

/// The longest row, in bytes of UTF-8. What is longer is the rest of a file behind a quote that nobody closed.
const LONGEST_ROW: usize = 4 << 20;
/// Most fields of a row.
const MOST_FIELDS: usize = 4_096;

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// Its first line, from 1.
    pub(super) line: u64,
    /// Its last line.
    pub(super) last_line: u64,
    /// What stands in it.
    pub(super) fields: Vec<String>,
    /// A quote is not closed, or closed where no field ends so that lines went together that may not belong together.
    pub(super) is_torn: bool,
}

impl Record {
    fn is_blank(&self) -> bool {
        self.fields.iter().all(|field| field.trim().is_empty())
    }
}

/// The rows of a file that hold anything, one after the other, in memory that does not grow with the file.
pub(super) struct Records<R> {
    text: Decoded<R>,
    parser: csv_core::Reader,
    course: Course,
    layout: Layout,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    content: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: Read> Records<R> {
    pub(super) fn new(file: R, encoding: Encoding) -> Result<Self, FileError> {
        let mut text = Decoded::new(file, encoding);
        let mut buffer = vec![0; CHUNK].into_boxed_slice();
        let end = text.fill(&mut buffer)?;
        let layout = Layout::of(&buffer[..end]);
        Ok(Self {
            text,
            parser: ReaderBuilder::new().delimiter(layout.delimiter).build(),
            course: Course::new(layout),
            layout,
            buffer,
            start: layout.skipped,
            end,
            content: vec![0; CHUNK],
            ends: vec![0; 64],
        })
    }

    pub(super) const fn layout(&self) -> Layout {
        self.layout
    }

    /// The next row that holds anything.
    pub(super) fn next(&mut self) -> Result<Option<Record>, FileError> {
        loop {
            match self.any()? {
                Some(record) if record.is_blank() => {}
                next => return Ok(next),
            }
        }
    }

    fn any(&mut self) -> Result<Option<Record>, FileError> {
        let (mut written, mut fields) = (0, 0);
        self.course.begin();
        loop {
            if self.start == self.end {
                self.start = 0;
                self.end = self.text.fill(&mut self.buffer)?;
            }
            let (result, read, wrote, ended) = self.parser.read_record(
                &self.buffer[self.start..self.end],
                &mut self.content[written..],
                &mut self.ends[fields..],
            );
            self.course
                .over(&self.buffer[self.start..self.start + read]);
            self.start += read;
            written += wrote;
            fields += ended;
            let (full, longest) = match result {
                ReadRecordResult::InputEmpty => continue,
                ReadRecordResult::Record => return Ok(Some(self.record(fields))),
                ReadRecordResult::End => return Ok(None),
                ReadRecordResult::OutputFull => (self.content.len(), LONGEST_ROW),
                ReadRecordResult::OutputEndsFull => (self.ends.len(), MOST_FIELDS),
            };
            if full >= longest {
                return Err(FileError::RowTooLong {
                    line: self.course.first_line(),
                });
            }
            match result {
                ReadRecordResult::OutputFull => self.content.resize(full * 2, 0),
                _ => self.ends.resize(full * 2, 0),
            }
        }
    }

    fn record(&self, fields: usize) -> Record {
        let mut start = 0;
        let text = |&end: &usize| {
            let field = String::from_utf8_lossy(&self.content[start..end]).into_owned();
            start = end;
            field
        };
        Record {
            line: self.course.first_line(),
            last_line: self.course.last_line,
            fields: self.ends[..fields].iter().map(text).collect(),
            is_torn: self.course.is_torn(),
        }
    }
}

/// Where in a field the parser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// Behind a quote that may be the end of the field or the first of two.
    Closed,
}

/// Follows the parser, which takes everything for something: in which line it is, and whether the quotes make sense.
struct Course {
    delimiter: u8,
    /// The line that it is in, from 1.
    line: u64,
    after_return: bool,
    begun_at: Option<u64>,
    last_line: u64,
    place: Place,
    has_stray_quote: bool,
}

impl Course {
    const fn new(layout: Layout) -> Self {
        Self {
            delimiter: layout.delimiter,
            line: layout.skipped_lines + 1,
            after_return: false,
            begun_at: None,
            last_line: 0,
            place: Place::Start,
            has_stray_quote: false,
        }
    }

    const fn begin(&mut self) {
        self.begun_at = None;
        self.place = Place::Start;
        self.has_stray_quote = false;
    }

    fn over(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let is_break = matches!(byte, b'\r' | b'\n');
            if !is_break {
                self.begun_at = self.begun_at.or(Some(self.line));
                self.last_line = self.line;
            } else if !(byte == b'\n' && self.after_return) {
                self.line += 1;
            }
            self.after_return = byte == b'\r';
            if self.begun_at.is_some() {
                self.follow(byte, is_break);
            }
        }
    }

    fn follow(&mut self, byte: u8, is_break: bool) {
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::Closed,
            (Place::Quoted, _) | (Place::Start | Place::Closed, b'"') => Place::Quoted,
            _ if is_break || byte == self.delimiter => Place::Start,
            (Place::Closed, _) => {
                self.has_stray_quote = true;
                Place::Plain
            }
            _ => Place::Plain,
        };
    }

    fn first_line(&self) -> u64 {
        self.begun_at.unwrap_or(self.line)
    }

    fn is_torn(&self) -> bool {
        self.place == Place::Quoted || (self.has_stray_quote && self.last_line > self.first_line())
    }
}
