use std::sync::Arc;

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpResponse, get, web};
use bytes::Bytes;
use domain::ids::BusinessId;
use domain::import::{reject_cells, reject_header, sentence};
use domain::messages::Language;
use storage::lead_imports;
use storage::leads::export::{BYTE_ORDER_MARK, write};

use crate::extract::{AcceptLanguage, Admin, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Code, Document, Problem, Result};

/// Rows read at once.
const BATCH: i64 = 1_000;

/// Rejected rows of an import
///
/// As a CSV file (UTF-8 with a byte-order mark) for mending and importing again: the rows as they stood in the file, each
/// with its line and the reason in the reader's language (`Accept-Language`). No cell is taken for a formula. Kept for 30
/// days.
#[utoipa::path(
    tag = "leads", operation_id = "import_rejects", params(("id" = i64, Path, description = "The import")),
    responses(
        (
            status = 200, description = "The file", body = String, content_type = "text/csv",
            example = "שם,טלפון,שורה,סיבה\r\nדנה,12,4,זה אינו מספר טלפון\r\n",
        ),
        (
            status = 410, description = "rejects_deleted: the rows were deleted, as they are after 30 days",
            content_type = "application/problem+json", body = Document,
        ),
    )
)]
#[get("/api/leads/imports/{id}/rejects.csv")]
pub(crate) async fn rejects(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    id: Id<i64>,
    language: AcceptLanguage,
) -> Result<HttpResponse> {
    let (gateway, business, user, import) =
        (gateway.into_inner(), caller.business, caller.user, id.0);
    let (language, file) = gateway
        .db
        .tenant(business, move |tx| {
            let language = language.or_own(tx, business, user)?;
            Ok::<_, Problem>((language, lead_imports::get(tx, import)?))
        })
        .await?;
    let shown = Shown {
        gateway,
        business,
        import,
        header: file.header,
        language,
    };
    let first = shown.batch(0).await?;
    if first.1.is_none() && file.rejected > 0 {
        return Err(Code::RejectsDeleted.into());
    }
    let start = (shown.head()?, first);
    let stream = futures::stream::try_unfold((shown, Some(start)), |(shown, pending)| async move {
        let Some((mut text, (rows, last))) = pending else {
            return Ok::<_, Problem>(None);
        };
        text.extend(rows);
        let next = match last {
            Some(last) => {
                let more = shown.batch(last).await?;
                more.1.is_some().then(|| (Vec::new(), more))
            }
            None => None,
        };
        Ok(Some((Bytes::from(text), (shown, next))))
    });
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"rejects.csv\""))
        .streaming(stream))
}

/// The rejects of a file as they are shown.
struct Shown {
    gateway: Arc<Gateway>,
    business: BusinessId,
    import: i64,
    header: Vec<String>,
    language: Language,
}

impl Shown {
    fn head(&self) -> Result<Vec<u8>> {
        let mut text = BYTE_ORDER_MARK.as_bytes().to_vec();
        write(&mut text, reject_header(&self.header, self.language))
            .map_err(|error| Problem::internal(&error))?;
        Ok(text)
    }

    /// Some rows as CSV, and the place of the last of them.
    async fn batch(&self, after: i64) -> Result<(Vec<u8>, Option<i64>)> {
        let import = self.import;
        let kept = self
            .gateway
            .db
            .tenant(self.business, move |tx| {
                Ok::<_, Problem>(lead_imports::rejects(tx, import, after, BATCH)?)
            })
            .await?;
        let rows = kept.iter().map(|reject| {
            let reason = sentence(self.language, &reject.reason, &reject.about);
            reject_cells(&self.header, &reject.fields, reject.line, &reason)
        });
        let mut text = Vec::new();
        write(&mut text, rows).map_err(|error| Problem::internal(&error))?;
        Ok((text, kept.last().map(|reject| reject.position)))
    }
}
