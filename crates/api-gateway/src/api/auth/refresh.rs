use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use storage::sessions::{self, Holder, Kind};
use storage::{StorageError, session_tokens};
use utoipa::ToSchema;

use super::among_sessions;
use crate::auth::tokens::ClientTokens;
use crate::extract::{Body, Fields, Validate, refuse_suspended};
use crate::gateway::Gateway;
use crate::measures;
use crate::problem::{Code, Problem, Result};

/// A refresh token that is to be exchanged.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenToRefresh {
    /// As it was answered last.
    #[serde(default)]
    #[schema(required = true, format = Password)]
    refresh_token: String,
}

impl Validate for TokenToRefresh {
    fn validate(&self, fields: &mut Fields) {
        fields.check(
            !self.refresh_token.is_empty(),
            "refresh_token",
            "is missing",
        );
        fields.check_length(Some(&self.refresh_token), 200, "refresh_token");
    }
}

/// Exchange a refresh token
///
/// For another access token and another refresh token; the one that was sent is used up. Whoever sends one a second time has
/// found an old one: then the session ends with all its tokens, since nobody knows which of the two is the thief. The
/// session lasts until 14 days after signing in, however often its tokens are exchanged.
#[utoipa::path(
    tag = "auth", operation_id = "refresh", security(()), request_body = TokenToRefresh,
    responses((status = 200, description = "The tokens to go on with", body = ClientTokens))
)]
#[post("/api/auth/refresh")]
pub(crate) async fn refresh(
    gateway: web::Data<Gateway>,
    body: Body<TokenToRefresh>,
) -> Result<HttpResponse> {
    let hash = gateway.tokens.hash(&body.value.refresh_token);
    let now = gateway.clock.now();
    let holder: Option<Holder> = gateway
        .db
        .system(move |tx| sessions::holder(tx, &hash, now))
        .await?;
    let holder = holder
        .filter(|holder| holder.kind == Kind::Refresh)
        .ok_or(Code::RefreshTokenInvalid)?;
    refuse_suspended(holder.suspension)?;
    let (business, session) = (holder.business, holder.session_hash);
    let pair = gateway.tokens.mint_pair(now, holder.expires_at);
    let exchanged = among_sessions(&gateway, business, move |tx| {
        if session_tokens::use_up(tx, now, &hash)? {
            session_tokens::issue(tx, business, &session, now, &pair.stored)?;
            return Ok(Some(pair.shown));
        }
        sessions::close(tx, &session)?;
        Ok(None)
    })
    .await;
    match exchanged {
        Ok(Some(tokens)) => Ok(HttpResponse::Ok().json(tokens)),
        Ok(None) => {
            tracing::warn!(
                user_id = holder.user.0,
                "a refresh token was used twice; its session has ended"
            );
            measures::REFRESH_TOKENS_REUSED.count(&[]).increment(1);
            Err(Code::RefreshTokenReused.into())
        }
        // The session has ended meanwhile.
        Err(StorageError::BrokenReference { .. }) => Err(Code::RefreshTokenInvalid.into()),
        Err(error) => Err(Problem::from(error)),
    }
}
