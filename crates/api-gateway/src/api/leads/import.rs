pub(crate) mod preview;
pub(crate) mod rejects;
mod view;

use std::fs::File;
use std::io::Seek as _;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::ids::UserId;
use domain::import::{Encoding, FileError, Mapping, Reject, Rows};
use domain::messages::Language;
use sha2::{Digest as _, Sha256};
use storage::lead_imports::{self, ImportError, List, Order};
use storage::{TenantTx, Tx};

use super::query::ImportQuery;
use crate::extract::{AcceptLanguage, Admin, Caller, IdempotencyKey, Params, Upload};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::{Code, Document, Problem, Result};
use view::{ImportOutcome, RefusedRows, RejectView};

/// The largest file.
const LARGEST: u64 = 50 << 20;
/// Most rows of a file.
const MOST_ROWS: u64 = 200_000;
/// Most rejected rows that an answer lists; all of them are in their file.
const MOST_LISTED: usize = 1_000;
/// The longest name of a list, in characters.
const LONGEST_NAME: usize = 200;

/// What the caller wants of a file.
struct Wanted {
    list_name: Option<String>,
    mapping: Option<Mapping>,
    all_or_nothing: bool,
}

impl ImportQuery {
    fn read(self) -> Result<Wanted> {
        let list_name = self.list_name.map(|name| name.trim().to_owned());
        let list_name = list_name.filter(|name| !name.is_empty());
        if list_name
            .as_ref()
            .is_some_and(|name| name.chars().count() > LONGEST_NAME)
        {
            return Err(Problem::field(
                Code::InvalidQuery,
                "list_name",
                format!("must have at most {LONGEST_NAME} characters"),
            ));
        }
        Ok(Wanted {
            list_name,
            mapping: mapping(self.columns)?,
            all_or_nothing: self.all_or_nothing.unwrap_or_default(),
        })
    }
}

/// Import leads
///
/// A CSV file as spreadsheets write it: UTF-8, UTF-16 or Windows-1255 (the answer says which), with comma, semicolon or tab,
/// headed in Hebrew or English. Every row becomes a lead or is listed with the reason why not, in the reader's language
/// (`Accept-Language`); the first 1,000 in the answer, all of them for 30 days at `rejects_url`, as a file that can be mended
/// and imported again. The whole file is one transaction. `POST /api/leads/import/preview` tells beforehand what would come of
/// it.
#[utoipa::path(
    tag = "leads", operation_id = "import_leads",
    params(
        ImportQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first"),
    ),
    request_body(
        content = String, content_type = "text/csv", description = "The file, at most 50 MiB and 200,000 rows",
        example = "שם,טלפון,הערות\nדנה כהן,052-1234567,לקוחה ותיקה\n",
    ),
    responses(
        (status = 200, description = "What became of every row", body = ImportOutcome),
        (status = 413, description = "body_too_large: more than 50 MiB", content_type = "application/problem+json", body = Document),
        (
            status = 422, content_type = "application/problem+json", body = Document,
            description = "unreadable_file: the file as a whole is no list of leads, `detail` says what to do. rows_rejected: with \
                           all_or_nothing, some rows would be rejected; the answer lists them as `rejects`, and nothing is \
                           written. idempotency_key_reused: the key was used for another file.",
        ),
    )
)]
#[post("/api/leads/import")]
pub(crate) async fn import(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: IdempotencyKey,
    language: AcceptLanguage,
    query: Params<ImportQuery>,
    upload: Upload<LARGEST>,
) -> Result<HttpResponse> {
    let (now, user) = (gateway.clock.now(), caller.user);
    let fingerprint = fingerprint(&query.0, &upload.hash);
    let wanted = query.0.read()?;
    let turn = turn(&gateway).await?;
    once(&gateway, caller.business, key, fingerprint, move |tx| {
        let _turn = turn;
        let business = tx.business;
        let language = language.or_own(tx, business, user)?;
        let outcome = carry_out(tx, now, user, &wanted, upload.file, language)?;
        Answer::json(StatusCode::OK, &outcome)
    })
    .await
}

fn carry_out(
    tx: &mut TenantTx<'_>,
    now: DateTime<Utc>,
    user: Option<UserId>,
    wanted: &Wanted,
    file: File,
    language: Language,
) -> Result<ImportOutcome> {
    let business = tx.business;
    let refused = |error| refusal(error, language);
    let rows = open(tx, file, wanted.mapping.as_ref()).map_err(refused)?;
    let encoding = rows.encoding();
    let id = lead_imports::begin(tx, business, now, user, rows.columns().header())?;
    let by_time = now.format("%Y-%m-%d %H:%M").to_string();
    let order = Order {
        business,
        now,
        user,
        list: match &wanted.list_name {
            Some(name) => List::All(name),
            None => List::Others(&by_time),
        },
        write: true,
        all_or_nothing: wanted.all_or_nothing,
        most_rows: Some(MOST_ROWS),
    };
    let (mut listed, mut kept) = (Vec::new(), 0);
    let mut rejects = |tx: &mut Tx<'_>, batch: &[Reject]| -> Result<(), ImportError> {
        // What is rolled back need not be written.
        if !wanted.all_or_nothing {
            lead_imports::keep_rejects(tx, business, id, kept + 1, batch)?;
        }
        kept += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let room = MOST_LISTED - listed.len();
        listed.extend(
            batch
                .iter()
                .take(room)
                .map(|it| RejectView::of(it, language)),
        );
        Ok(())
    };
    let came = lead_imports::run(tx, &order, rows, &mut rejects).map_err(refused)?;
    if wanted.all_or_nothing && came.rejected() > 0 {
        let (rejected, rows) = (came.rejected(), came.rows);
        return Err(Problem::from(Code::RowsRejected)
            .detail(format!("{rejected} of {rows} rows; nothing was written"))
            .with_all(&RefusedRows::of(&came, listed)));
    }
    lead_imports::end(tx, business, id, &came)?;
    Ok(ImportOutcome::of(id, encoding, &came, listed))
}

/// What makes a request the same as one before.
fn fingerprint(query: &ImportQuery, file: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in [&query.list_name, &query.columns] {
        let text = text.as_deref().unwrap_or_default();
        hash.update(text.len().to_be_bytes());
        hash.update(text);
    }
    hash.update([u8::from(query.all_or_nothing.unwrap_or_default())]);
    hash.update(file);
    hash.finalize().into()
}

fn mapping(columns: Option<String>) -> Result<Option<Mapping>> {
    columns
        .filter(|columns| !columns.trim().is_empty())
        .map(|columns| columns.parse())
        .transpose()
        .map_err(|error: domain::import::MappingError| {
            Problem::field(Code::InvalidQuery, "columns", error.to_string())
        })
}

/// Waits until a file may be worked on.
async fn turn(gateway: &Gateway) -> Result<tokio::sync::OwnedSemaphorePermit> {
    gateway
        .imports
        .clone()
        .acquire_owned()
        .await
        .map_err(|_| Code::Unavailable.into())
}

fn open(
    tx: &mut TenantTx<'_>,
    mut file: File,
    mapping: Option<&Mapping>,
) -> Result<Rows<File>, ImportError> {
    let encoding = Encoding::of(&file)?;
    file.rewind()
        .map_err(|error| FileError::Unreadable(error.to_string()))?;
    let business = tx.business;
    let ground = lead_imports::ground(tx, business)?;
    Ok(Rows::open(file, encoding, mapping, ground)?)
}

/// What the client is told of a file that is not imported.
fn refusal(error: ImportError, language: Language) -> Problem {
    match error {
        ImportError::File(error @ FileError::Unreadable(_)) => Problem::internal(&error),
        ImportError::File(error) => Problem::from(Code::UnreadableFile)
            .detail(error.text(language))
            .with("reason", error.code().into()),
        ImportError::Storage(error) => error.into(),
        ImportError::Rejects(error) => Problem::internal(&error),
    }
}
