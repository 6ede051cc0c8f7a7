use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use chassis::settings::Environment;
use chassis::telemetry::chain;
use domain::ids::{ApiKeyId, BusinessId, UserId};
use storage::api_keys::{self, Scope};
use storage::businesses::Suspension;
use storage::sessions::{self, Holder, Kind};
use storage::users::Role;
use subtle::ConstantTimeEq as _;

use super::own_page;
use crate::gateway::Gateway;
use crate::problem::{Code, Problem};

/// The session cookie.
pub(crate) const COOKIE: &str = "callboard_session";
/// The same in production: browsers take it from us alone, over TLS, and not from a neighbouring host name.
const COOKIE_OF_THIS_HOST: &str = "__Host-callboard_session";
/// By which a system administrator names a business.
const BUSINESS_HEADER: &str = "X-Business-Id";

/// What the session cookie is called.
pub(crate) const fn cookie_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Development => COOKIE,
        Environment::Production => COOKIE_OF_THIS_HOST,
    }
}

/// Who a request comes from, before a business is chosen.
#[derive(Clone)]
pub(super) struct Identity {
    /// Their business; none for a system administrator.
    pub(super) business: Option<BusinessId>,
    /// None for an API key.
    pub(super) session: Option<Session>,
    /// None for a session.
    pub(super) key: Option<Key>,
    pub(super) role: Role,
}

/// A program's key.
#[derive(Clone)]
pub(super) struct Key {
    pub(super) id: ApiKeyId,
    pub(super) scopes: Vec<Scope>,
}

/// The session of a signed-in person, for what they do with their own account: whatever their role, and also above the
/// businesses. A program has none.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) business: Option<BusinessId>,
    pub(crate) user: UserId,
    /// By which the session is stored.
    pub(crate) hash: Vec<u8>,
    /// What is stored of the token that was shown, of the session itself or one of its access tokens.
    pub(crate) token_hash: [u8; 32],
}

impl Session {
    /// The business, of which a system administrator is no user.
    pub(crate) fn business(&self) -> Result<BusinessId, Problem> {
        self.business.ok_or_else(|| Code::NotAUser.into())
    }
}

impl FromRequest for Session {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let session = Identity::of(request)
            .and_then(|identity| identity.session.ok_or_else(|| Code::NotAUser.into()));
        ready(session)
    }
}

impl Identity {
    /// What was found before the request was read.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let extensions = request.extensions();
        let found = extensions.get::<Result<Self, Problem>>().cloned();
        found.unwrap_or_else(|| Err(Code::Unauthenticated.into()))
    }
}

/// The token that a request shows, with what it has to be: an access token as bearer, or a session's own as cookie.
pub(crate) fn presented(gateway: &Gateway, request: &HttpRequest) -> Option<(String, Kind)> {
    match request.headers().get(AUTHORIZATION) {
        Some(value) => {
            let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
            let is_bearer = scheme.eq_ignore_ascii_case("bearer");
            is_bearer.then(|| (token.trim().to_owned(), Kind::Access))
        }
        None => {
            let cookie: Cookie<'_> = request.cookie(cookie_name(gateway.environment))?;
            Some((cookie.value().to_owned(), Kind::Session))
        }
    }
}

/// Finds out who a request comes from.
pub(super) async fn find(
    gateway: &Arc<Gateway>,
    request: &HttpRequest,
) -> Result<Identity, Problem> {
    let Some((token, kind)) = presented(gateway, request) else {
        let refusal = Problem::from(Code::Unauthenticated);
        return Err(match request.headers().contains_key(AUTHORIZATION) {
            true => refusal.detail("send Authorization: Bearer <token>"),
            false => refusal,
        });
    };
    if let (Kind::Access, Some((prefix, hash))) = (kind, api_keys::read(&token)) {
        return of_api_key(gateway, prefix.to_owned(), hash).await;
    }
    let changes_something = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if kind == Kind::Session && changes_something {
        own_page::demand_consent(request)?;
    }
    of_session(gateway, &token, kind).await
}

async fn of_api_key(
    gateway: &Arc<Gateway>,
    prefix: String,
    hash: [u8; 32],
) -> Result<Identity, Problem> {
    let stored = gateway
        .keys
        .of_prefix(prefix)
        .await?
        .filter(|key| bool::from(key.hash.as_slice().ct_eq(&hash)))
        .ok_or(Code::Unauthenticated)?;
    let now = gateway.clock.now();
    if stored.is_news(now) {
        let (business, key) = (stored.business, stored.key);
        let noted = gateway
            .db
            .tenant(business, move |tx| api_keys::used(tx, now, key))
            .await;
        // What the key is for matters more.
        if let Err(error) = noted {
            tracing::warn!(error = chain(&error), "the use of an API key was not noted");
        }
    }
    refuse_suspended(stored.suspension)?;
    Ok(Identity {
        business: Some(stored.business),
        session: None,
        key: Some(Key {
            id: stored.key,
            scopes: stored.scopes,
        }),
        role: stored.role,
    })
}

async fn of_session(gateway: &Arc<Gateway>, token: &str, kind: Kind) -> Result<Identity, Problem> {
    let token_hash = gateway.tokens.hash(token);
    let now = gateway.clock.now();
    let holder: Holder = gateway
        .db
        .statement(move |tx| sessions::holder(tx, &token_hash, now))
        .await?
        .filter(|holder| holder.kind == kind)
        .ok_or(Code::Unauthenticated)?;
    refuse_suspended(holder.suspension)?;
    Ok(Identity {
        business: holder.business,
        session: Some(Session {
            business: holder.business,
            user: holder.user,
            hash: holder.session_hash,
            token_hash,
        }),
        key: None,
        role: holder.role,
    })
}

/// Says that nobody works for a business now, and why.
pub(crate) fn refuse_suspended(suspension: Option<Suspension>) -> Result<(), Problem> {
    let Some(Suspension { reason }) = suspension else {
        return Ok(());
    };
    let refusal = Problem::from(Code::BusinessSuspended);
    Err(match reason {
        Some(reason) => refusal.detail(reason),
        None => refusal,
    })
}

/// The business that a request names.
pub(super) fn named_business(request: &HttpRequest) -> Result<Option<BusinessId>, Problem> {
    let Some(value) = request.headers().get(BUSINESS_HEADER) else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .map(Some)
        .ok_or_else(|| {
            Problem::from(Code::InvalidHeader)
                .detail(format!("{BUSINESS_HEADER} must be the id of a business"))
        })
}
