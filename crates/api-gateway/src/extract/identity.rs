use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, web};
use chassis::telemetry::chain;
use domain::ids::{BusinessId, UserId};
use storage::users::Role;
use storage::{api_keys, sessions};
use subtle::ConstantTimeEq as _;

use crate::gateway::Gateway;
use crate::problem::{Code, Problem};

/// The session cookie.
pub(crate) const COOKIE: &str = "callboard_session";
/// Which no foreign page can send without our consent.
const CSRF_HEADER: &str = "X-Requested-With";

/// Who a request comes from, before a business is chosen.
#[derive(Clone)]
pub(super) struct Identity {
    /// Their business; none for a system administrator.
    pub(super) business: Option<BusinessId>,
    /// None for an API key.
    pub(super) session: Option<Session>,
    pub(super) role: Role,
}

/// The session of a signed-in person, for what they do with their own account: whatever their role, and also above the
/// businesses. A program has none.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) business: Option<BusinessId>,
    pub(crate) user: UserId,
    /// What is stored of its token.
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

/// Finds out who a request comes from before anything else of it is read: who may not ask for a thing hears just that,
/// and not what else is wrong with the request.
pub(crate) async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if request.path().starts_with("/api/") {
        let identity = find(request.request()).await;
        request.extensions_mut().insert(identity);
    }
    next.call(request).await
}

impl Identity {
    /// What [`identify`] found.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let extensions = request.extensions();
        let found = extensions.get::<Result<Self, Problem>>().cloned();
        found.unwrap_or_else(|| Err(Code::Unauthenticated.into()))
    }
}

async fn find(request: &HttpRequest) -> Result<Identity, Problem> {
    let gateway = request
        .app_data::<web::Data<Gateway>>()
        .cloned()
        .ok_or(Code::Internal)?
        .into_inner();
    if let Some(value) = request.headers().get(AUTHORIZATION) {
        let token = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| {
                Problem::from(Code::Unauthenticated).detail("send Authorization: Bearer <token>")
            })?;
        return match api_keys::read(token) {
            Some((prefix, hash)) => of_api_key(&gateway, prefix.to_owned(), hash).await,
            None => of_session(&gateway, token).await,
        };
    }
    let cookie = request.cookie(COOKIE).ok_or(Code::Unauthenticated)?;
    let changes_something = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if changes_something && !request.headers().contains_key(CSRF_HEADER) {
        return Err(Code::CsrfHeaderMissing.into());
    }
    of_session(&gateway, cookie.value()).await
}

async fn of_api_key(
    gateway: &Arc<Gateway>,
    prefix: String,
    hash: [u8; 32],
) -> Result<Identity, Problem> {
    let stored = gateway
        .db
        .system(move |tx| api_keys::of_prefix(tx, &prefix))
        .await?
        .filter(|key| bool::from(key.hash.as_slice().ct_eq(&hash)))
        .ok_or(Code::Unauthenticated)?;
    let now = gateway.clock.now();
    if stored.is_news(now) {
        let noted = gateway
            .db
            .tenant(stored.business, move |tx| {
                api_keys::used(tx, now, stored.key)
            })
            .await;
        // What the key is for matters more.
        if let Err(error) = noted {
            tracing::warn!(error = chain(&error), "the use of an API key was not noted");
        }
    }
    Ok(Identity {
        business: Some(stored.business),
        session: None,
        role: stored.role,
    })
}

async fn of_session(gateway: &Arc<Gateway>, token: &str) -> Result<Identity, Problem> {
    let token_hash = gateway.tokens.hash(token);
    let now = gateway.clock.now();
    let holder = gateway
        .db
        .system(move |tx| sessions::holder(tx, &token_hash, now))
        .await?
        .ok_or(Code::Unauthenticated)?;
    Ok(Identity {
        business: holder.business,
        session: Some(Session {
            business: holder.business,
            user: holder.user,
            token_hash,
        }),
        role: holder.role,
    })
}
