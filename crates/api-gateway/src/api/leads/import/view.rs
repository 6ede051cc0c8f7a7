use domain::import::{Encoding, ImportedLead, Reject, RejectReason};
use domain::messages::Language;
use serde::Serialize;
use storage::lead_imports::{Imported, Reasons};
use utoipa::ToSchema;

/// A row that did not become a lead.
#[derive(Serialize, ToSchema)]
pub(crate) struct RejectView {
    /// Its line in the file, counted from 1 as spreadsheets count.
    #[schema(example = 4)]
    row: u64,
    /// Stable name: `phone_missing`, `phone_rounded`, `phone_not_a_number`, `phone_impossible`, `duplicate_in_file`,
    /// `already_a_lead`, `suppressed`, `too_many_fields`, `broken_quotes`, `broken_characters`, `unknown_time_zone`,
    /// `unknown_status`, `unknown_owner`, `unknown_time`, `too_long` or `too_many_tags`.
    #[schema(example = "duplicate_in_file")]
    reason: &'static str,
    /// The same for people, with what to do about it.
    #[schema(example = "row 2 has the same number")]
    detail: String,
    /// The row that had the number first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 2)]
    first_row: Option<u64>,
    /// The lead that has the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead_id: Option<i64>,
}

impl RejectView {
    pub(super) fn of(reject: &Reject, language: Language) -> Self {
        Self {
            row: reject.row,
            reason: reject.reason.code(),
            detail: reject.reason.text(language),
            first_row: match reject.reason {
                RejectReason::DuplicateOf { row } => Some(row),
                _ => None,
            },
            lead_id: match reject.reason {
                RejectReason::AlreadyALead { lead } => Some(lead),
                _ => None,
            },
        }
    }
}

/// How many rows have the same to say of them.
#[derive(Serialize, ToSchema)]
pub(crate) struct CountView {
    /// The stable name of the reason, or the name of the field.
    #[schema(example = "duplicate_in_file")]
    name: &'static str,
    /// How many rows.
    rows: u64,
    /// The first of them.
    first_row: u64,
}

pub(super) fn counts(reasons: &Reasons) -> Vec<CountView> {
    let counts = reasons.iter().map(|(&name, &(rows, first_row))| CountView {
        name,
        rows,
        first_row,
    });
    counts.collect()
}

/// What came of an import.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportOutcome {
    /// The import.
    import_id: i64,
    /// The new list; null when no lead went there.
    list_id: Option<i64>,
    /// The encoding that the file was read in (WHATWG).
    #[schema(example = "windows-1255")]
    encoding: &'static str,
    /// Rows of the file, the header and blank ones not among them.
    rows: u64,
    /// How many leads were created.
    created: u64,
    /// How many rows became none.
    rejected: u64,
    /// How many of these are people who are known already, from an earlier row or as leads.
    duplicates: u64,
    /// The reasons, with how many rows each had.
    reasons: Vec<CountView>,
    /// Fields that were left empty where the value could not be taken: of columns of which nobody said what they hold.
    passed_over: Vec<CountView>,
    /// The rows that became no lead, in the order of the file; the first 1,000.
    rejects: Vec<RejectView>,
    /// Where all of them are as a file; null when there are none.
    #[schema(example = "/api/leads/imports/7/rejects.csv")]
    rejects_url: Option<String>,
}

impl ImportOutcome {
    pub(super) fn of(
        import: i64,
        encoding: Encoding,
        came: &Imported,
        mut rejects: Vec<RejectView>,
    ) -> Self {
        rejects.sort_by_key(|reject| reject.row);
        let rejects_url =
            (came.rejected() > 0).then(|| format!("/api/leads/imports/{import}/rejects.csv"));
        Self {
            import_id: import,
            list_id: came.list.map(|list| list.0),
            encoding: encoding.name(),
            rows: came.rows,
            created: came.created,
            rejected: came.rejected(),
            duplicates: came.duplicates,
            reasons: counts(&came.reasons),
            passed_over: counts(&came.passed_over),
            rejects,
            rejects_url,
        }
    }
}

/// What a file is refused with that was to be imported as a whole.
#[derive(Serialize)]
pub(super) struct RefusedRows {
    rows: u64,
    rejected: u64,
    duplicates: u64,
    reasons: Vec<CountView>,
    rejects: Vec<RejectView>,
}

impl RefusedRows {
    pub(super) fn of(came: &Imported, rejects: Vec<RejectView>) -> Self {
        Self {
            rows: came.rows,
            rejected: came.rejected(),
            duplicates: came.duplicates,
            reasons: counts(&came.reasons),
            rejects,
        }
    }
}

/// A lead as it would be imported.
#[derive(Serialize, ToSchema)]
pub(crate) struct LeadToImportView {
    /// Its line in the file.
    row: u64,
    first_name: String,
    last_name: String,
    #[schema(example = "+972521234567")]
    phone_e164: String,
    notes: Option<String>,
    service: Option<String>,
    city: Option<String>,
    time_zone: Option<&'static str>,
    tags: Vec<String>,
    /// As the file says it; the board's default when null.
    status: Option<String>,
    /// As the file says it.
    owner: Option<String>,
    /// As the file says it.
    list: Option<String>,
    follow_up_at: Option<chrono::DateTime<chrono::Utc>>,
    last_contact_at: Option<chrono::DateTime<chrono::Utc>>,
    summary: Option<String>,
}

impl LeadToImportView {
    pub(super) fn of(row: u64, lead: &ImportedLead) -> Self {
        let lead = lead.clone();
        Self {
            row,
            first_name: lead.first_name,
            last_name: lead.last_name,
            phone_e164: lead.phone.into(),
            notes: lead.notes,
            service: lead.service,
            city: lead.city,
            time_zone: lead.time_zone.map(chrono_tz::Tz::name),
            tags: lead.tags,
            status: lead.status,
            owner: lead.owner,
            list: lead.list,
            follow_up_at: lead.follow_up_at,
            last_contact_at: lead.last_contact_at,
            summary: lead.summary,
        }
    }
}
