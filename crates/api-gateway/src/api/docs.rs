use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpResponse, get, web};

use crate::openapi::Document;

/// The API as a page
///
/// For people: every operation with its parameters, bodies, examples and problems. It needs nothing from elsewhere.
#[utoipa::path(
    tag = "about", operation_id = "api_docs",
    responses((status = 200, description = "The page", body = String, content_type = "text/html"))
)]
#[get("/api/docs")]
pub(crate) async fn docs(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, document.policy()))
        .body(document.page())
}
