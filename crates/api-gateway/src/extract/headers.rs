use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};

use crate::problem::{Code, Problem};

/// The longest `Idempotency-Key`.
const LONGEST_KEY: usize = 255;

/// The `Idempotency-Key` of a write, where it has one.
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get("Idempotency-Key") else {
            return ready(Ok(Self(None)));
        };
        let key = value
            .to_str()
            .ok()
            .map(str::trim)
            .filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY);
        ready(match key {
            Some(key) => Ok(Self(Some(key.to_owned()))),
            None => Err(Problem::from(Code::InvalidHeader)
                .detail("Idempotency-Key must be 1 to 255 printable ASCII characters")),
        })
    }
}

/// The version that a change expects (`If-Match`), where it names one.
pub(crate) struct IfMatch(pub(crate) Option<i64>);

impl FromRequest for IfMatch {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get(IF_MATCH).map(|value| value.to_str());
        ready(match value {
            None | Some(Ok("*")) => Ok(Self(None)),
            Some(Ok(tag)) => tag
                .trim()
                .trim_matches('"')
                .parse()
                .map(|version| Self(Some(version)))
                // Another version than any there was.
                .or(Ok(Self(Some(-1)))),
            Some(Err(_)) => Err(Problem::from(Code::InvalidHeader)
                .detail("If-Match must be an ETag that was read before")),
        })
    }
}

/// The `ETag` of a version.
pub(crate) fn etag(version: i64) -> (&'static str, String) {
    ("ETag", format!("\"{version}\""))
}

/// The `id` of the event that a stream's client heard last (`Last-Event-ID`), where it says so. One that cannot be read is as
/// one that is not known any more.
pub(crate) struct LastEventId(pub(crate) Option<String>);

impl FromRequest for LastEventId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get("Last-Event-ID");
        let text = value.map(|value| value.to_str().unwrap_or_default().to_owned());
        ready(Ok(Self(text.filter(|text| !text.is_empty()))))
    }
}
