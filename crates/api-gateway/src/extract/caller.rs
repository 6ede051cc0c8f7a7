use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use domain::ids::{BusinessId, UserId};
use storage::users::Role;

use super::identity::{Identity, named_business};
use super::scope;
use crate::problem::{Code, Problem};

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
        if let Some(key) = &identity.key {
            scope::demand(request, &key.scopes)?;
        }
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

/// A system administrator, for what is above the businesses.
pub(crate) struct Administrator {
    pub(crate) user: UserId,
}

impl FromRequest for Administrator {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let administrator = Identity::of(request).and_then(|identity| {
            demand(identity.role, Role::SystemAdmin)?;
            // No key has that role.
            let session = identity.session.ok_or(Code::Forbidden)?;
            Ok(Self { user: session.user })
        });
        ready(administrator)
    }
}
