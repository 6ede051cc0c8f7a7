use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use storage::api_keys;

use super::identity::Identity;
use crate::live::Credential;
use crate::problem::{Code, Problem};

/// By what a request was let in: what outlasts its answer has to ask again.
impl FromRequest for Credential {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Identity::of(request).and_then(|identity| {
            match identity.session {
                Some(session) => Ok(Self::Session(session.token_hash.to_vec())),
                None => api_key_prefix(request)
                    .map(Self::ApiKey)
                    .ok_or_else(|| Code::Unauthenticated.into()),
            }
        }))
    }
}

fn api_key_prefix(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (prefix, _) = api_keys::read(value.split_once(' ')?.1.trim())?;
    Some(prefix.to_owned())
}
