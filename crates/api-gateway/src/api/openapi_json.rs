use actix_web::{HttpResponse, get, web};

use crate::openapi::Document;

/// This document
///
/// OpenAPI 3.1.
#[utoipa::path(
    tag = "about", operation_id = "openapi", security(()),
    responses((status = 200, description = "The OpenAPI document", body = Object))
)]
#[get("/api/openapi.json")]
pub(crate) async fn openapi_json(document: web::Data<Document>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(document.text().to_owned())
}
