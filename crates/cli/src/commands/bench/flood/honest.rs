use rand::Rng as _;
use rand::seq::IndexedRandom as _;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use storage::bench::board::STATUSES;
use url::Url;

use super::super::board::kinds::{LOOKS, SEARCHES, Target};

/// What people have on their screens beside the board, by the path of the request.
const OTHER_PAGES: [&str; 6] = [
    "calls",
    "lead-lists",
    "outbound/runs",
    "outbound_calls/counts",
    "settings",
    "whatsapp/sessions",
];

/// One request as people of a business make them: of a hundred, 82 look at the board, 3 search, 10 look at something else, 4
/// move a card, 1 writes a lead down.
pub(super) fn request(
    client: &Client,
    gateway: &str,
    target: &Target,
) -> anyhow::Result<RequestBuilder> {
    let mut random = rand::rng();
    let at = |path: String| Url::parse(&format!("{gateway}/api/{path}"));
    let get = |url| target.request(client, Method::GET, url);
    Ok(match random.random_range(0..100) {
        0..82 => {
            let kind = LOOKS[random.random_range(0..LOOKS.len())];
            get(target.url(gateway, kind)?)
        }
        82..85 => {
            let kind = SEARCHES[random.random_range(0..SEARCHES.len())];
            get(target.url(gateway, kind)?)
        }
        85..95 => {
            let page = OTHER_PAGES[random.random_range(0..OTHER_PAGES.len())];
            get(at(page.to_owned())?)
        }
        95..99 => {
            let lead = target.board.some.choose(&mut random);
            let lead = lead.map(|(lead, _)| lead.0).unwrap_or_default();
            let status = STATUSES[random.random_range(0..STATUSES.len())];
            let url = at(format!("leads/{lead}"))?;
            let moving = target.request(client, Method::PATCH, url);
            moving.json(&json!({ "status": status }))
        }
        _ => {
            // A number in the block of Israel's mobile networks that nobody has given out.
            let phone = format!("+97255{:07}", random.random_range(0..10_000_000));
            let adding = target.request(client, Method::POST, at("leads".to_owned())?);
            adding.json(&json!({ "first_name": "דנה", "last_name": "כהן", "phone_e164": phone }))
        }
    })
}

/// Whether that is an answer to an honest request: a number may be another lead's by now.
pub(super) const fn is_answer(status: u16) -> bool {
    matches!(status, 200 | 201 | 409)
}
