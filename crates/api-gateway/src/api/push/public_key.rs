use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::Session;
use crate::gateway::Gateway;
use crate::problem::Result;

/// The key of this installation.
#[derive(Serialize, ToSchema)]
pub(crate) struct PublicKey {
    /// `applicationServerKey` of `PushManager.subscribe()`: a point of P-256, base64url.
    #[schema(
        example = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
    )]
    public_key: String,
}

/// The public key of web push
///
/// `push_not_configured` where this server does not push.
#[utoipa::path(
    tag = "notifications", operation_id = "push_public_key",
    responses((status = 200, description = "The key that a browser subscribes with", body = PublicKey))
)]
#[get("/api/push/public-key")]
pub(crate) async fn public_key(
    gateway: web::Data<Gateway>,
    _session: Session,
) -> Result<web::Json<PublicKey>> {
    let public_key = super::client(&gateway)?.public_key();
    Ok(web::Json(PublicKey { public_key }))
}
