//! A user's bell.

pub(crate) mod list;
pub(crate) mod read;
pub(crate) mod read_all;
pub(crate) mod unsubscribe;
pub(crate) mod unsubscribe_page;

use actix_web::HttpResponse;
use domain::messages::{self, Language};
use domain::notifications::direction;

/// A small page for a person who comes from an e-mail: what it says, and a button where there is something to do. Nothing in
/// it comes from a request.
fn page(language: Language, says: &str, button: Option<&str>) -> HttpResponse {
    let (dir, title) = (
        direction(language),
        messages::text(language, "unsubscribe-title", &[]),
    );
    let form = button.map_or_else(String::new, |button| {
        format!("<form method=\"post\"><button>{button}</button></form>\n")
    });
    HttpResponse::Ok()
        .insert_header((
            "Content-Security-Policy",
            "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
        ))
        .content_type("text/html; charset=utf-8")
        .body(format!(
            "<!DOCTYPE html>\n<html lang=\"{language}\" dir=\"{dir}\">\n<head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n\
             <body>\n<p>{says}</p>\n{form}</body>\n</html>\n"
        ))
}
