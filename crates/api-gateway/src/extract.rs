//! What handlers ask of a request. Each refuses a bad request by itself, with a problem document.

mod body;
mod caller;
mod credential;
mod headers;
mod id;
mod identity;
mod language;
mod query;

pub(crate) use body::{Body, Bytes, Fields, Validate, present, read_body};
pub(crate) use caller::{Admin, Agent, Caller};
pub(crate) use headers::{IdempotencyKey, IfMatch, LastEventId, etag};
pub(crate) use id::{Id, Sid};
pub(crate) use identity::{COOKIE, Session, identify};
pub(crate) use language::{AcceptLanguage, preferred_language};
pub(crate) use query::Params;
