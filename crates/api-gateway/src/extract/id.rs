use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::problem::{Code, Problem};

/// The last `{id}` or `{attempt}` of the path. What cannot be an id is not found, as an unknown one is.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr> FromRequest for Id<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request
            .match_info()
            .iter()
            .last()
            .and_then(|(_, text)| text.parse().ok());
        ready(found.map(Self).ok_or_else(|| Code::NotFound.into()))
    }
}

/// The first and the last id of the path, where it has two.
pub(crate) struct Ids<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr, B: FromStr> FromRequest for Ids<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut texts = request.match_info().iter().map(|(_, text)| text);
        let first = texts.next().and_then(|text| text.parse().ok());
        let last = texts.last().and_then(|text| text.parse().ok());
        let found = first.zip(last).map(|(first, last)| Self(first, last));
        ready(found.ok_or_else(|| Code::NotFound.into()))
    }
}

/// The `{sid}` of the path.
pub(crate) type Sid = Id<String>;
