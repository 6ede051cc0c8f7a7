//! The console: a page built beforehand (`crates/api-gateway/console`), carried in the binary.

use actix_web::body::BoxBody;
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    HeaderMap, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse, web};
use domain::messages::{self, Language};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::extract::preferred_language;
use crate::openapi::{self, Document};
use crate::problem::Problem;

/// The built files, with what compresses well beside itself as `.br` and `.gz`. A build without Node has none.
#[derive(RustEmbed)]
#[folder = "console/dist"]
#[allow_missing = true]
struct Files;

const PAGE: &str = "index.html";
/// Their names change with what is in them.
const ASSETS: &str = "assets/";
const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_ALWAYS: &str = "no-cache";
/// Nothing from elsewhere and nothing inline: what customers say is shown here.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";
/// Best first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Whatever no operation answers: a file of the console, its page for every address that the page itself tells apart, and
/// the API's own problem for everything else.
pub(crate) async fn files(
    request: HttpRequest,
    document: web::Data<Document>,
) -> Result<HttpResponse, Problem> {
    let path = request.path().trim_start_matches('/');
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || path.starts_with("api/") || path.starts_with("webhooks/") {
        return openapi::unknown(request, document).await;
    }
    if let Some(answer) = file(path, request.headers()) {
        return Ok(answer);
    }
    // A file has a name with an ending; a page's address has none.
    if path
        .rsplit('/')
        .next()
        .is_some_and(|last| last.contains('.'))
    {
        return openapi::unknown(request, document).await;
    }
    let page = file(PAGE, request.headers());
    Ok(page.unwrap_or_else(|| absent(request.headers())))
}

fn file(path: &str, asked: &HeaderMap) -> Option<HttpResponse> {
    let plain = Files::get(path)?;
    let etag = etag(&plain);
    let mut answer = HttpResponse::Ok();
    let keep = if path.starts_with(ASSETS) {
        FOREVER
    } else {
        ASK_ALWAYS
    };
    answer
        .insert_header((CACHE_CONTROL, keep))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((ETAG, etag.as_str()));
    if says(asked, IF_NONE_MATCH.as_str(), &etag) {
        return Some(
            answer
                .status(actix_web::http::StatusCode::NOT_MODIFIED)
                .finish(),
        );
    }
    answer.insert_header((CONTENT_TYPE, plain.metadata.mimetype()));
    let packed = ENCODINGS.iter().find_map(|(encoding, ending)| {
        let takes = says(asked, ACCEPT_ENCODING.as_str(), encoding);
        Some((
            *encoding,
            takes.then(|| Files::get(&format!("{path}{ending}")))??,
        ))
    });
    let file = match packed {
        Some((encoding, packed)) => {
            answer.insert_header((CONTENT_ENCODING, encoding));
            packed
        }
        None => plain,
    };
    Some(answer.body(BoxBody::new(file.data.into_owned())))
}

fn etag(file: &EmbeddedFile) -> String {
    let digest = file.metadata.sha256_hash();
    let hex: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}

/// Whether a header's list names something, leaving its weights aside (`gzip, br;q=0.9`).
fn says(headers: &HeaderMap, name: &str, wanted: &str) -> bool {
    headers
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .map(|item| item.split(';').next().unwrap_or_default().trim())
        .any(|item| item.trim_start_matches("W/") == wanted)
}

/// The console was not built into this binary, which it says.
fn absent(asked: &HeaderMap) -> HttpResponse {
    let language = preferred_language(asked).unwrap_or(Language::English);
    HttpResponse::NotFound()
        .content_type("text/plain; charset=utf-8")
        .body(messages::text(language, "console-absent", &[]))
}
