use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use domain::ids::{BusinessId, UserId};
use storage::users::Role;
use storage::{api_keys, sessions};
use subtle::ConstantTimeEq as _;

use crate::gateway::Gateway;
use crate::problem::{Code, Problem};

/// The session cookie.
pub(crate) const COOKIE: &str = "callboard_session";
/// By which a system administrator names a business.
const BUSINESS_HEADER: &str = "X-Business-Id";
/// Which no foreign page can send without our consent.
const CSRF_HEADER: &str = "X-Requested-With";

/// The least authority that a handler asks for.
pub(crate) trait Authority: 'static {
    /// The role.
    const AT_LEAST: Role;
}

/// Works on leads and calls.
pub(crate) struct Agent;
/// Changes settings and runs.
pub(crate) struct Admin;

impl Authority for Agent {
    const AT_LEAST: Role = Role::Agent;
}
impl Authority for Admin {
    const AT_LEAST: Role = Role::Admin;
}

/// Who calls, for which business, with at least the authority `A`.
pub(crate) struct Caller<A> {
    pub(crate) business: BusinessId,
    /// The signed-in user of the business; none for an API key and for a system administrator, who is no user of it.
    pub(crate) user: Option<UserId>,
    role: Role,
    authority: PhantomData<A>,
}

/// Who a request comes from, before a business is chosen.
struct Identity {
    business: Option<BusinessId>,
    user: Option<UserId>,
    role: Role,
}

impl<A: Authority> FromRequest for Caller<A> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let identity = identify(&request).await?;
            demand(identity.role, A::AT_LEAST)?;
            let named = named_business(&request)?;
            let business = match (identity.business, named) {
                // Whose business it is not is told nothing, as for every other id of another business.
                (Some(own), Some(named)) if own != named => return Err(Code::NotFound.into()),
                (Some(own), _) => own,
                (None, Some(named)) => named,
                (None, None) => return Err(Code::BusinessRequired.into()),
            };
            Ok(Self {
                business,
                user: identity.user.filter(|_| identity.business.is_some()),
                role: identity.role,
                authority: PhantomData,
            })
        })
    }
}

impl<A> Caller<A> {
    /// For a part of a request that needs more authority than the rest of it.
    pub(crate) fn demand(&self, at_least: Role) -> Result<(), Problem> {
        demand(self.role, at_least)
    }
}

fn demand(role: Role, at_least: Role) -> Result<(), Problem> {
    if role < at_least {
        return Err(Problem::from(Code::Forbidden)
            .detail(format!("this needs the role {at_least} or higher")));
    }
    Ok(())
}

fn named_business(request: &HttpRequest) -> Result<Option<BusinessId>, Problem> {
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

async fn identify(request: &HttpRequest) -> Result<Identity, Problem> {
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
    Ok(Identity {
        business: Some(stored.business),
        user: None,
        role: stored.role,
    })
}

async fn of_session(gateway: &Arc<Gateway>, token: &str) -> Result<Identity, Problem> {
    let hash = gateway.tokens.hash(token);
    let now = gateway.clock.now();
    let holder = gateway
        .db
        .system(move |tx| sessions::holder(tx, &hash, now))
        .await?
        .ok_or(Code::Unauthenticated)?;
    Ok(Identity {
        business: holder.business,
        user: Some(holder.user),
        role: holder.role,
    })
}
