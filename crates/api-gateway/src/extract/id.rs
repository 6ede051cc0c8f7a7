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

/// The `{sid}` of the path.
pub(crate) type Sid = Id<String>;
