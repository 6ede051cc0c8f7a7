use std::collections::BTreeMap;
use std::io::Read;

use chrono::{DateTime, Utc};
use domain::ids::{BusinessId, ListId, UserId};
use domain::import::{Field, FileError, ImportedLead, Reject, RejectReason, Row, Rows};

use super::ImportError;
use super::business::Names;
use crate::leads::{LeadToImport, insert_imported, refusals};
use crate::{StorageError, Tx, lists};

/// Most rows of one statement.
const BATCH_ROWS: usize = 2_000;
/// Bytes of a batch from which on no further row goes into it.
const BATCH_BYTES: usize = 2 << 20;
/// Leads that are shown as they are, or would be, imported.
const SHOWN: usize = 10;
/// Most lists that one file makes.
const MOST_LISTS: usize = 100;

/// Where the leads of a file go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List<'a> {
    /// Into a new list of this name, all of them.
    All(&'a str),
    /// Each into the list that its row names, the others into a new one of this name.
    Others(&'a str),
}

/// What is asked of an import.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Whose leads they will be.
    pub business: BusinessId,
    /// When.
    pub now: DateTime<Utc>,
    /// Who imports them.
    pub user: Option<UserId>,
    /// Where they go.
    pub list: List<'a>,
    /// Whether leads are created; otherwise the file is only judged, and nothing is written.
    pub write: bool,
    /// Whether one rejected row keeps all others out: from the first on nothing is written, and the caller must roll the
    /// transaction back.
    pub all_or_nothing: bool,
    /// Most rows that the file may have.
    pub most_rows: Option<u64>,
}

/// For each code, how many rows of the file there were, and the first of them.
pub type Reasons = BTreeMap<&'static str, (u64, u64)>;

/// What came, or would come, of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Imported {
    /// The list of the file; none when no row went there.
    pub list: Option<ListId>,
    /// Rows of the file that hold anything, the header not among them.
    pub rows: u64,
    /// How many became leads.
    pub created: u64,
    /// The others, by their reasons.
    pub reasons: Reasons,
    /// How many of the others are known already, from the file or as leads.
    pub duplicates: u64,
    /// Values that could not be taken, by the names of their fields: of columns of which nobody said what they hold.
    pub passed_over: Reasons,
    /// The first leads, with their lines.
    pub first: Vec<(u64, ImportedLead)>,
}

impl Imported {
    /// How many rows became no lead.
    #[must_use]
    pub const fn rejected(&self) -> u64 {
        self.rows - self.created
    }
}

/// Where rejected rows go, batch by batch and in the order of the file.
type Rejects<'r> = &'r mut dyn FnMut(&mut Tx<'_>, &[Reject]) -> Result<(), ImportError>;

/// Imports a file, or judges it. `rejects` gets every row that does not become a lead. No more than a batch of rows is in
/// memory.
///
/// # Errors
/// [`ImportError`]; then nothing may be kept of the transaction.
pub fn run<R: Read>(
    tx: &mut Tx<'_>,
    order: &Order<'_>,
    mut rows: Rows<R>,
    rejects: Rejects<'_>,
) -> Result<Imported, ImportError> {
    let mut import = Import {
        names: Names::read(tx, order.business)?,
        order,
        is_strict: rows.is_strict(),
        new_lists: 0,
        came: Imported::default(),
    };
    loop {
        let batch = import.batch(&mut rows)?;
        if batch.is_empty() {
            return Ok(import.came);
        }
        import.take(tx, batch, rejects)?;
    }
}

/// A row, and the lead that it is to become in the business's terms.
struct Judged {
    line: u64,
    fields: Vec<String>,
    lead: Result<LeadToImport, RejectReason>,
}

impl Judged {
    /// The number of a row that is to become a lead.
    fn phone(&self) -> Option<&str> {
        self.lead.as_ref().ok().map(|lead| lead.lead.phone.as_str())
    }
}

struct Import<'o> {
    order: &'o Order<'o>,
    names: Names,
    is_strict: bool,
    new_lists: usize,
    came: Imported,
}

impl Import<'_> {
    fn batch<R: Read>(&mut self, rows: &mut Rows<R>) -> Result<Vec<Row>, ImportError> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH_ROWS && bytes < BATCH_BYTES {
            let Some(row) = rows.next().transpose()? else {
                break;
            };
            self.came.rows += 1;
            if let Some(most) = self.order.most_rows.filter(|most| self.came.rows > *most) {
                return Err(FileError::TooManyRows { most }.into());
            }
            bytes += row.fields.iter().map(String::len).sum::<usize>();
            batch.push(row);
        }
        Ok(batch)
    }

    fn take(
        &mut self,
        tx: &mut Tx<'_>,
        batch: Vec<Row>,
        rejects: Rejects<'_>,
    ) -> Result<(), ImportError> {
        let mut judged: Vec<Judged> = batch.into_iter().map(|row| self.judge(row)).collect();
        let mut all: Vec<&mut Judged> = judged.iter_mut().collect();
        refuse(tx, self.order.business, &mut all)?;
        let is_whole = self.came.reasons.is_empty() && judged.iter().all(|row| row.lead.is_ok());
        if self.order.write && (is_whole || !self.order.all_or_nothing) {
            self.write(tx, &mut judged)?;
        }
        let mut refused = Vec::new();
        for Judged { line, fields, lead } in judged {
            match lead {
                Ok(lead) => self.count(line, lead.lead),
                Err(reason) => {
                    count(&mut self.came.reasons, reason.code(), line);
                    self.came.duplicates += u64::from(reason.is_duplicate());
                    refused.push(Reject {
                        row: line,
                        reason,
                        fields,
                    });
                }
            }
        }
        if refused.is_empty() {
            return Ok(());
        }
        rejects(tx, &refused)
    }

    /// Puts the status and the owner that a row names in terms of the business.
    fn judge(&self, row: Row) -> Judged {
        let terms = |mut lead: ImportedLead| {
            let status = lead.status.as_deref().map(|words| {
                let known = self.names.status(words).map(ToOwned::to_owned);
                known.ok_or_else(|| RejectReason::UnknownStatus(words.to_owned()))
            });
            let owner = lead.owner.as_deref().map(|words| {
                let known = self.names.owner(words);
                known.ok_or_else(|| RejectReason::UnknownOwner(words.to_owned()))
            });
            if self.is_strict {
                let (status, owner) = (status.transpose()?, owner.transpose()?);
                return Ok(LeadToImport {
                    lead,
                    status,
                    owner,
                    list: None,
                });
            }
            if matches!(status, Some(Err(_))) {
                lead.passed_over.push(Field::Status);
            }
            if matches!(owner, Some(Err(_))) {
                lead.passed_over.push(Field::Owner);
            }
            Ok(LeadToImport {
                lead,
                status: status.and_then(Result::ok),
                owner: owner.and_then(Result::ok),
                list: None,
            })
        };
        Judged {
            line: row.line,
            fields: row.fields,
            lead: row.judged.and_then(terms),
        }
    }

    /// Creates the leads of a batch. Who became one, or was suppressed, in the meantime gets that as the reason.
    fn write(&mut self, tx: &mut Tx<'_>, judged: &mut [Judged]) -> Result<(), ImportError> {
        for lead in judged.iter_mut().filter_map(|row| row.lead.as_mut().ok()) {
            lead.list = Some(self.list(tx, &lead.lead)?);
        }
        let leads = judged.iter().filter_map(|row| row.lead.as_ref().ok());
        let leads: Vec<&LeadToImport> = leads.collect();
        if leads.is_empty() {
            return Ok(());
        }
        let created = insert_imported(tx, self.order.business, self.order.now, &leads)?;
        if created.len() == leads.len() {
            return Ok(());
        }
        let mut others: Vec<&mut Judged> = judged
            .iter_mut()
            .filter(|row| row.phone().is_some_and(|phone| !created.contains(phone)))
            .collect();
        refuse(tx, self.order.business, &mut others)?;
        if others.iter().all(|row| row.lead.is_err()) {
            return Ok(());
        }
        // It came and went while we looked.
        let constraint = "leads_phone".to_owned();
        Err(StorageError::Conflict { constraint }.into())
    }

    fn list(&mut self, tx: &mut Tx<'_>, lead: &ImportedLead) -> Result<ListId, ImportError> {
        let (default, named) = match self.order.list {
            List::All(name) => (name, None),
            List::Others(name) => (name, lead.list.as_deref()),
        };
        let Order {
            business,
            now,
            user,
            ..
        } = *self.order;
        let known = match named {
            Some(name) => self.names.list(name),
            None => self.came.list,
        };
        if let Some(list) = known {
            return Ok(list);
        }
        let list = lists::create(tx, business, now, named.unwrap_or(default), user)?;
        match named {
            Some(name) => {
                self.new_lists += 1;
                if self.new_lists > MOST_LISTS {
                    return Err(FileError::TooManyLists { most: MOST_LISTS }.into());
                }
                self.names.add_list(name, list);
            }
            None => self.came.list = Some(list),
        }
        Ok(list)
    }

    fn count(&mut self, line: u64, lead: ImportedLead) {
        self.came.created += 1;
        for field in &lead.passed_over {
            count(&mut self.came.passed_over, field.as_str(), line);
        }
        if self.came.first.len() < SHOWN {
            self.came.first.push((line, lead));
        }
    }
}

/// Gives the rows whose numbers are leads already, or must not be called, that as their reason.
fn refuse(
    tx: &mut Tx<'_>,
    business: BusinessId,
    judged: &mut [&mut Judged],
) -> Result<(), ImportError> {
    let phones: Vec<&str> = judged.iter().filter_map(|row| row.phone()).collect();
    if phones.is_empty() {
        return Ok(());
    }
    let refusals = refusals(tx, business, &phones)?;
    for row in judged {
        if let Some(reason) = row.phone().and_then(|phone| refusals.get(phone)) {
            row.lead = Err(reason.clone());
        }
    }
    Ok(())
}

fn count(reasons: &mut Reasons, code: &'static str, line: u64) {
    reasons.entry(code).or_insert((0, line)).0 += 1;
}
