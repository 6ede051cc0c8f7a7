use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use domain::ids::{BusinessId, UserId};
use storage::users::Role;

use super::identity::Identity;
use crate::problem::{Code, Problem};

/// By which a system administrator names a business.
const BUSINESS_HEADER: &str = "X-Business-Id";

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

impl<A: Authority> FromRequest for Caller<A> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl<A: Authority> Caller<A> {
    fn of(request: &HttpRequest) -> Result<Self, Problem> {
        let identity = Identity::of(request)?;
        demand(identity.role, A::AT_LEAST)?;
        let named = named_business(request)?;
        let business = match (identity.business, named) {
            // Whose business it is not is told nothing, as for every other id of another business.
            (Some(own), Some(named)) if own != named => return Err(Code::NotFound.into()),
            (Some(own), _) => own,
            (None, Some(named)) => named,
            (None, None) => return Err(Code::BusinessRequired.into()),
        };
        let session = identity.session.filter(|_| identity.business.is_some());
        Ok(Self {
            business,
            user: session.map(|session| session.user),
            role: identity.role,
            authority: PhantomData,
        })
    }
}

impl<A> Caller<A> {
    /// For what bears a role: nobody makes, changes or takes away what is above them.
    pub(crate) fn reach(&self, role: Role) -> Result<(), Problem> {
        if role > self.role {
            return Err(Problem::from(Code::RoleAboveYours)
                .detail(format!("this needs the role {role} or higher")));
        }
        Ok(())
    }

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
