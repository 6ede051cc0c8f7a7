//! Signing in and out.

pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod logout_everywhere;
pub(crate) mod refresh;

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use chassis::settings::Environment;
use chrono::DateTime;
use domain::ids::BusinessId;
use storage::sessions::{self, Holder};
use storage::{StorageError, Tx};

use crate::auth::tokens::SESSION_LIFE;
use crate::extract::{cookie_name, presented};
use crate::gateway::Gateway;
use crate::problem::Result;

/// The session cookie with a token, or without one to take it away.
fn cookie(gateway: &Gateway, token: Option<String>) -> Cookie<'static> {
    let life = match token {
        Some(_) => Duration::seconds(SESSION_LIFE.num_seconds()),
        None => Duration::ZERO,
    };
    Cookie::build(cookie_name(gateway.environment), token.unwrap_or_default())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(gateway.environment == Environment::Production)
        .max_age(life)
        .finish()
}

/// Runs `work` where the sessions of a business are, or those of system administrators.
async fn among_sessions<T: Send + 'static>(
    gateway: &Gateway,
    business: Option<BusinessId>,
    work: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
) -> Result<T, StorageError> {
    match business {
        Some(business) => gateway.db.tenant(business, move |tx| work(tx)).await,
        None => gateway.db.system(work).await,
    }
}

/// Ends the session of the token that a request shows, if there is one: also when only the token has expired.
async fn end_presented(gateway: &Gateway, request: &HttpRequest) -> Result<()> {
    let Some((token, kind)) = presented(gateway, request) else {
        return Ok(());
    };
    let hash = gateway.tokens.hash(token);
    let whenever = DateTime::UNIX_EPOCH;
    let holder: Option<Holder> = gateway
        .db
        .system(move |tx| sessions::holder(tx, &hash, whenever))
        .await?;
    if let Some(holder) = holder.filter(|holder| holder.kind == kind) {
        let session = holder.session_hash;
        among_sessions(gateway, holder.business, move |tx| {
            sessions::close(tx, &session)
        })
        .await?;
    }
    Ok(())
}
