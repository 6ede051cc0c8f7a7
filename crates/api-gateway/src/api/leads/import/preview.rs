use std::fs::File;
use std::io::Seek as _;

use actix_web::{post, web};
use domain::import::{Encoding, FileError, Mapping, Reject, Rows, Sample, SampledColumn};
use domain::messages::Language;
use serde::Serialize;
use storage::lead_imports::{self, ImportError, Imported, List, Order};
use storage::{TenantTx, Tx};
use utoipa::ToSchema;

use super::super::query::PreviewQuery;
use super::view::{CountView, LeadToImportView, RejectView, counts};
use super::{LARGEST, MOST_ROWS, mapping, refusal, turn};
use crate::extract::{AcceptLanguage, Admin, Caller, Params, Upload};
use crate::gateway::Gateway;
use crate::problem::{Document, Result};

/// Most rejected rows that are shown.
const MOST_LISTED: usize = 100;

/// A column of the file.
#[derive(Serialize, ToSchema)]
pub(crate) struct ColumnView {
    /// How it is headed; null in a file without a header.
    #[schema(example = "טלפון של הלקוח")]
    name: Option<String>,
    /// What it is taken for, by its name in `columns`; null when it is passed over.
    field: Option<&'static str>,
    /// What it may hold, where it is taken for nothing: for the caller to confirm in `columns`.
    #[schema(example = "phone")]
    suggestion: Option<&'static str>,
    /// Its first values.
    samples: Vec<String>,
}

impl From<SampledColumn> for ColumnView {
    fn from(column: SampledColumn) -> Self {
        Self {
            name: column.name,
            field: column.field.map(domain::import::Field::as_str),
            suggestion: column.suggestion.map(domain::import::Field::as_str),
            samples: column.values,
        }
    }
}

/// Why the file cannot be imported as its columns are taken now.
#[derive(Serialize, ToSchema)]
pub(crate) struct ObstacleView {
    /// `no_phone_column` or `fewer_columns`.
    reason: &'static str,
    /// What to do about it.
    detail: String,
}

/// What would come of an import.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportPreview {
    /// The encoding that the file is read in (WHATWG).
    #[schema(example = "windows-1255")]
    encoding: &'static str,
    /// By what it was recognised: `byte_order_mark`, `validity`, `mostly_valid` (UTF-8 with damaged places, which cost their
    /// rows), `hebrew_letters` or `western_letters`.
    #[schema(example = "hebrew_letters")]
    encoding_found_by: &'static str,
    /// What stands between two fields.
    #[schema(example = ";")]
    delimiter: char,
    /// Whether the first row is one.
    has_header: bool,
    /// From left to right.
    columns: Vec<ColumnView>,
    /// Null when the file can be imported; otherwise `columns` must be said, and nothing below is known.
    obstacle: Option<ObstacleView>,
    /// Rows of the file, the header and blank ones not among them.
    rows: u64,
    /// How many leads would be created.
    good: u64,
    /// How many rows would become none.
    rejected: u64,
    /// How many of these are people who are known already, from an earlier row or as leads.
    duplicates: u64,
    /// The reasons, with how many rows each would have.
    reasons: Vec<CountView>,
    /// Fields that would be left empty where the value cannot be taken.
    passed_over: Vec<CountView>,
    /// The first leads as they would be created; 10 at most.
    leads: Vec<LeadToImportView>,
    /// The first rows that would become none; 100 at most.
    rejects: Vec<RejectView>,
}

/// Preview an import
///
/// Judges every row of a file as an import would, and writes nothing: encoding, delimiter, columns with samples and
/// suggestions, the first leads, and how many rows would be rejected for what.
#[utoipa::path(
    tag = "leads", operation_id = "preview_import", params(PreviewQuery),
    request_body(
        content = String, content_type = "text/csv", description = "The file, at most 50 MiB and 200,000 rows",
        example = "שם;טלפון של הלקוח\nדנה כהן;052-1234567\n",
    ),
    responses(
        (status = 200, description = "What would come of an import", body = ImportPreview),
        (status = 413, description = "body_too_large: more than 50 MiB", content_type = "application/problem+json", body = Document),
        (
            status = 422, description = "unreadable_file: the file as a whole is no list of leads, `detail` says what to do",
            content_type = "application/problem+json", body = Document,
        ),
    )
)]
#[post("/api/leads/import/preview")]
pub(crate) async fn preview(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    language: AcceptLanguage,
    query: Params<PreviewQuery>,
    upload: Upload<LARGEST>,
) -> Result<web::Json<ImportPreview>> {
    let (now, user) = (gateway.clock.now(), caller.user);
    let mapping = mapping(query.0.columns)?;
    let turn = turn(&gateway).await?;
    let seen = gateway
        .db
        .tenant(caller.business, move |tx| {
            let _turn = turn;
            let business = tx.business;
            let language = language.or_own(tx, business, user)?;
            let order = Order {
                business,
                now,
                user: None,
                list: List::Others(""),
                write: false,
                all_or_nothing: false,
                most_rows: Some(MOST_ROWS),
            };
            judge(tx, &order, upload.file, mapping.as_ref(), language)
                .map_err(|error| refusal(error, language))
        })
        .await?;
    Ok(web::Json(seen))
}

fn judge(
    tx: &mut TenantTx<'_>,
    order: &Order<'_>,
    mut file: File,
    mapping: Option<&Mapping>,
    language: Language,
) -> Result<ImportPreview, ImportError> {
    let ground = lead_imports::ground(tx, order.business)?;
    let encoding = Encoding::of(&file)?;
    rewind(&mut file)?;
    let sample = Sample::read(&file, encoding)?;
    rewind(&mut file)?;
    let rows = match Rows::open(file, encoding, mapping, ground) {
        Ok(rows) => Ok(rows),
        Err(error @ (FileError::NoPhoneColumn { .. } | FileError::FewerColumns { .. })) => {
            Err(error)
        }
        Err(error) => return Err(error.into()),
    };
    let taken = rows.as_ref().ok().map(|rows| rows.columns().clone());
    let columns = sample.columns(taken.as_ref(), ground.country);
    let mut rejects = Vec::new();
    let mut list = |_: &mut Tx<'_>, batch: &[Reject]| -> Result<(), ImportError> {
        let room = MOST_LISTED - rejects.len();
        rejects.extend(
            batch
                .iter()
                .take(room)
                .map(|it| RejectView::of(it, language)),
        );
        Ok(())
    };
    let (came, obstacle) = match rows {
        Ok(rows) => (lead_imports::run(tx, order, rows, &mut list)?, None),
        Err(error) => (Imported::default(), Some(error)),
    };
    let leads = came
        .first
        .iter()
        .map(|(row, lead)| LeadToImportView::of(*row, lead));
    Ok(ImportPreview {
        encoding: encoding.name(),
        encoding_found_by: encoding.found_by().as_str(),
        delimiter: sample.delimiter(),
        has_header: taken
            .as_ref()
            .is_none_or(domain::import::Columns::has_header),
        columns: columns.into_iter().map(ColumnView::from).collect(),
        obstacle: obstacle.map(|error| ObstacleView {
            reason: error.code(),
            detail: error.text(language),
        }),
        rows: came.rows,
        good: came.created,
        rejected: came.rejected(),
        duplicates: came.duplicates,
        reasons: counts(&came.reasons),
        passed_over: counts(&came.passed_over),
        leads: leads.collect(),
        rejects,
    })
}

fn rewind(file: &mut File) -> Result<(), FileError> {
    file.rewind()
        .map_err(|error| FileError::Unreadable(error.to_string()))
}
