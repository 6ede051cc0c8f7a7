use std::fs::File;
use std::io::Write as _;

use domain::import::{Reject, reject_cells, reject_header};
use domain::messages::Language;
use serde_json::{Value, json};
use storage::lead_imports::ImportError;
use storage::leads::export::{BYTE_ORDER_MARK, write};

/// Rejected rows, laid down as a file that can be mended and imported again, until it is known where that goes.
pub(super) struct Rejects {
    header: Vec<String>,
    language: Language,
    file: Option<File>,
    most: usize,
    first: Vec<Reject>,
}

impl Rejects {
    /// Rejects of a file with this header, of which the first `most` are told.
    pub(super) fn new(header: &[String], language: Language, most: usize) -> Self {
        Self {
            header: header.to_vec(),
            language,
            file: None,
            most,
            first: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, rejects: &[Reject]) -> Result<(), ImportError> {
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                let mut file = tempfile::tempfile()?;
                file.write_all(BYTE_ORDER_MARK.as_bytes())?;
                write(&mut file, reject_header(&self.header, self.language))?;
                none.insert(file)
            }
        };
        let rows = rejects.iter().map(|reject| {
            let reason = reject.reason.text(self.language);
            reject_cells(&self.header, &reject.fields, reject.row, &reason)
        });
        write(file, rows)?;
        let room = self.most - self.first.len();
        self.first
            .extend(rejects.iter().take(room).map(|reject| Reject {
                row: reject.row,
                reason: reject.reason.clone(),
                fields: Vec::new(),
            }));
        Ok(())
    }

    /// The file; none when there are no rejects.
    pub(super) const fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    pub(super) fn first(&self) -> &[Reject] {
        &self.first
    }

    pub(super) fn listed(&self, language: Language) -> Vec<Value> {
        let listed = self.first.iter().map(|Reject { row, reason, .. }| {
            json!({ "row": row, "code": reason.code(), "reason": reason.text(language) })
        });
        listed.collect()
    }
}
