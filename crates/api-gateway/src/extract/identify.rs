use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage as _, HttpRequest, ResponseError as _, web};
use storage::administrator_accesses;
use storage::users::Role;

use super::identity::{Identity, find, named_business};
use crate::gateway::Gateway;
use crate::limits::{ClientAddress, Who};
use crate::openapi::Document;
use crate::problem::{Code, Problem};

/// What is here has names instead of ids, and may be called as an address among them is: `order`.
const NAMED: &str = "/api/lead-statuses/";
/// The longest path that is put on record.
const LONGEST_PATH: usize = 500;

/// Finds out who a request comes from, and whether they ask too often, before anything else of it is read: who may not ask
/// for a thing hears just that, and not what else is wrong with the request.
pub(crate) async fn identify(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let gateway = request.app_data::<web::Data<Gateway>>().cloned();
    let (true, Some(gateway)) = (request.path().starts_with("/api/"), gateway) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let gateway = gateway.into_inner();
    let found = find(&gateway, request.request()).await;
    let told = match gateway
        .rates
        .admit(&who(&gateway, request.request(), &found))
    {
        Ok(told) => told,
        Err(too_often) => {
            let refusal = too_often.error_response();
            return Ok(request.into_response(refusal).map_into_right_body());
        }
    };
    let found = match (found, other_method(request.request())) {
        (Ok(_), Some(refusal)) => Err(refusal),
        (Ok(identity), None) => on_record(&gateway, request.request(), identity).await,
        (Err(problem), _) => Err(problem),
    };
    if let Ok(identity) = &found {
        let span = tracing::Span::current();
        let user = identity.session.as_ref().map(|session| session.user.0);
        span.record("business_id", identity.business.map(|business| business.0));
        span.record("user_id", user);
    }
    request.extensions_mut().insert(found);
    let mut answer = next.call(request).await?;
    told.write(answer.headers_mut());
    Ok(answer.map_into_left_body())
}

/// An address among ids (`/api/leads/bulk` beside `/api/leads/{id}`) takes its own methods, and is no id for the others.
fn other_method(request: &HttpRequest) -> Option<Problem> {
    let (path, method) = (request.path(), request.method().as_str());
    let document = request.app_data::<web::Data<Document>>()?;
    let methods = document.methods_by_name(path)?;
    if path.starts_with(NAMED) || methods.split(", ").any(|taken| taken == method) {
        return None;
    }
    let is_among_ids = request.match_pattern()? == path;
    is_among_ids.then(|| Problem::method_not_allowed(methods.to_owned()))
}

/// Under whose name a request is counted.
fn who(gateway: &Gateway, request: &HttpRequest, found: &Result<Identity, Problem>) -> Who {
    match found {
        Ok(Identity {
            business: Some(business),
            key: Some(key),
            ..
        }) => Who::Key(*business, key.id),
        Ok(Identity {
            session: Some(session),
            ..
        }) => Who::Session(session.hash.clone()),
        _ => Who::Stranger(ClientAddress::of(request, &gateway.trusted_proxies).0),
    }
}

/// A system administrator who asks in the name of a business is put on record before they are answered.
async fn on_record(
    gateway: &Arc<Gateway>,
    request: &HttpRequest,
    identity: Identity,
) -> Result<Identity, Problem> {
    let administrator = identity.session.as_ref().map(|session| session.user);
    let (Role::SystemAdmin, Some(user)) = (identity.role, administrator) else {
        return Ok(identity);
    };
    let Some(business) = named_business(request)? else {
        return Ok(identity);
    };
    let now = gateway.clock.now();
    let method = request.method().to_string();
    let path: String = request.path().chars().take(LONGEST_PATH).collect();
    gateway
        .db
        .tenant(business, move |tx| {
            let recorded = administrator_accesses::record(tx, business, now, user, &method, &path);
            recorded.map_err(Problem::from)
        })
        .await
        .map_err(|problem| match problem.code {
            Code::NotFound => problem.detail("there is no business of the id in X-Business-Id"),
            _ => problem,
        })?;
    Ok(identity)
}
