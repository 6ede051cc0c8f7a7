//! Leads from a spreadsheet's CSV file: what the file says, row by row, as leads or as rejects with a reason. Pure (a file
//! is whatever can be read), so that a preview, the command and the API all judge a file in the same way. Nothing here holds
//! more of a file than a row.

mod cells;
mod columns;
mod encoding;
mod error;
mod layout;
mod lead;
mod names;
mod records;
mod reject;
mod rows;
mod sample;
mod times;

pub use cells::{formula_safe, tags_cell};
pub use columns::{Columns, Field, Mapping, MappingError};
pub use encoding::{Encoding, FoundBy};
pub use error::FileError;
pub use lead::ImportedLead;
pub use reject::{Reject, RejectReason, reject_cells, reject_header, sentence};
pub use rows::{Ground, Row, Rows};
pub use sample::{Sample, SampledColumn};

use crate::phone::PhoneNumber;

#[cfg(test)]
mod tests;
