//! Whether a browser was made to ask by a page of another site (cross-site request forgery).
//!
//! Three walls, since each has a gap that another closes. The cookie is `SameSite=Lax`, which keeps it from other sites'
//! writes, but not from those of a neighbouring subdomain. `Sec-Fetch-Site`, which browsers send and no page can set, tells
//! where the page is from; where an old browser does not send it, `Origin` does. And a write with the cookie bears
//! `X-Requested-With`, which makes a request of a foreign page ask us first (CORS), and we never consent.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::{FromRequest, HttpRequest, web};

use crate::gateway::Gateway;
use crate::problem::{Code, Problem};

/// Which no foreign page can send without our consent.
const CSRF_HEADER: &str = "X-Requested-With";
/// Where the page is from, as the browser says.
const FETCH_SITE: &str = "Sec-Fetch-Site";

/// A request that no foreign page made the browser send. A program, which sends neither header, is no browser.
pub(crate) struct OwnPage;

impl FromRequest for OwnPage {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(demand_own_page(request).map(|()| Self))
    }
}

/// For a write with the cookie.
pub(super) fn demand_consent(request: &HttpRequest) -> Result<(), Problem> {
    if !request.headers().contains_key(CSRF_HEADER) {
        return Err(Code::CsrfHeaderMissing.into());
    }
    demand_own_page(request)
}

fn demand_own_page(request: &HttpRequest) -> Result<(), Problem> {
    let said = |name: &str| request.headers().get(name)?.to_str().ok();
    let is_own = match (said(FETCH_SITE), said(ORIGIN.as_str())) {
        // None: the person themselves, by the address bar or a bookmark.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => is_ours(request, origin),
        (None, None) => true,
    };
    if is_own {
        Ok(())
    } else {
        Err(Code::CrossSiteRequest.into())
    }
}

/// Whether an origin is the one that was asked, as the client wrote it or as the carrier knows it.
fn is_ours(request: &HttpRequest, origin: &str) -> bool {
    let asked = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let public = request
        .app_data::<web::Data<Gateway>>()
        .map(|gateway| gateway.public_host.url(""));
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_some_and(|host| Some(host) == asked) || Some(origin) == public.as_deref()
}
