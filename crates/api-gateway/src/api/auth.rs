//! Signing in and out.

pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod logout_everywhere;

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use chassis::settings::Environment;

use crate::auth::tokens::SESSION_LIFE;
use crate::extract::COOKIE;
use crate::gateway::Gateway;

/// The session cookie with a token, or without one to take it away.
fn cookie(gateway: &Gateway, token: Option<String>) -> Cookie<'static> {
    let life = match token {
        Some(_) => Duration::seconds(SESSION_LIFE.num_seconds()),
        None => Duration::ZERO,
    };
    Cookie::build(COOKIE, token.unwrap_or_default())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(gateway.environment == Environment::Production)
        .max_age(life)
        .finish()
}
