//! What handlers ask of a request. Each refuses a bad request by itself, with a problem document.

mod body;
mod caller;
mod credential;
mod headers;
mod id;
mod identify;
mod identity;
mod language;
mod own_page;
mod query;
mod scope;
mod upload;

pub(crate) use body::{Body, Fields, Validate, present, read_body};
pub(crate) use caller::{Admin, Administrator, Agent, Caller};
pub(crate) use headers::{IdempotencyKey, IfMatch, LastEventId, etag};
pub(crate) use id::{Id, Ids, Sid};
pub(crate) use identify::identify;
pub(crate) use identity::{COOKIE, Session, cookie_name, presented, refuse_suspended};
pub(crate) use language::{AcceptLanguage, preferred_language};
pub(crate) use own_page::OwnPage;
pub(crate) use query::Params;
pub(crate) use scope::scopes_of;
pub(crate) use upload::Upload;
