//! Which operations the scopes of an API key let it ask for, as far as its role goes. Decided by the address alone, where the
//! key is turned into a caller; an address that no area has is for keys of full scope and, to read, for those that read.

use actix_web::HttpRequest;
use actix_web::http::Method;
use storage::api_keys::Scope;

use crate::problem::{Code, Problem};

/// The addresses of each area; what is below one of them belongs to it too.
const AREAS: [(&str, Scope); 9] = [
    ("/api/leads", Scope::Leads),
    ("/api/lead-lists", Scope::Leads),
    ("/api/lead-statuses", Scope::Leads),
    ("/api/decisions", Scope::Leads),
    ("/api/suppressions", Scope::Leads),
    ("/api/whatsapp", Scope::Leads),
    ("/api/outbound", Scope::Calls),
    ("/api/outbound_calls", Scope::Calls),
    ("/api/calls", Scope::Calls),
];

/// The scopes of which any lets one ask for an operation, the narrowest first.
pub(crate) fn scopes_of(method: &Method, path: &str) -> Vec<Scope> {
    let is_below = |area: &str| {
        path.strip_prefix(area)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let area = AREAS
        .into_iter()
        .find(|(area, _)| is_below(area))
        .map(|(_, scope)| scope);
    let only_reads = matches!(*method, Method::GET | Method::HEAD);
    let read = only_reads.then_some(Scope::Read);
    [area, read, Some(Scope::Full)]
        .into_iter()
        .flatten()
        .collect()
}

/// Refuses what none of the scopes includes, and names those that do.
pub(super) fn demand(request: &HttpRequest, scopes: &[Scope]) -> Result<(), Problem> {
    let any_of = scopes_of(request.method(), request.path());
    if any_of.iter().any(|scope| scopes.contains(scope)) {
        return Ok(());
    }
    let names: Vec<&str> = any_of.iter().map(|scope| scope.as_str()).collect();
    Err(Problem::from(Code::ScopeMissing).detail(format!(
        "this needs a key with one of the scopes {}",
        names.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_the_area_that_it_is_below() {
        let get = |path| scopes_of(&Method::GET, path);
        let post = |path| scopes_of(&Method::POST, path);
        assert_eq!(get("/api/leads"), [Scope::Leads, Scope::Read, Scope::Full]);
        assert_eq!(post("/api/leads/7"), [Scope::Leads, Scope::Full]);
        assert_eq!(
            post("/api/outbound_calls/start"),
            [Scope::Calls, Scope::Full]
        );
        assert_eq!(get("/api/settings"), [Scope::Read, Scope::Full]);
        // A neighbour of an area is not in it.
        assert_eq!(post("/api/leads-and-more"), [Scope::Full]);
        assert_eq!(post("/api/api-keys"), [Scope::Full]);
    }
}
