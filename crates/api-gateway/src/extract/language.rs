use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use domain::ids::{BusinessId, UserId};
use domain::messages::Language;
use storage::Tx;

/// The language that a request asks for (`Accept-Language`), where it names one that Callboard speaks.
#[derive(Clone, Copy)]
pub(crate) struct AcceptLanguage(Option<Language>);

impl AcceptLanguage {
    /// The language of an answer: as asked for, else the user's, else the business's.
    pub(crate) fn or_own(
        self,
        tx: &mut Tx<'_>,
        business: BusinessId,
        user: Option<UserId>,
    ) -> storage::Result<Language> {
        match self.0 {
            Some(language) => Ok(language),
            None => storage::users::language(tx, business, user),
        }
    }
}

impl FromRequest for AcceptLanguage {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(preferred_language(request.headers()))))
    }
}

/// The language that a request's headers ask for, where they name one of ours.
pub(crate) fn preferred_language(headers: &HeaderMap) -> Option<Language> {
    preferred(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?)
}

/// The one of our languages that `he-IL, en;q=0.8` likes best; the first of those that it likes equally.
fn preferred(header: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for range in header.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let tag = parts.next().unwrap_or_default();
        let language = match tag.split('-').next().unwrap_or_default() {
            // The code of Hebrew before 1989, which some clients still send.
            primary if primary.eq_ignore_ascii_case("iw") => Language::Hebrew,
            primary => match primary.to_ascii_lowercase().parse() {
                Ok(language) => language,
                Err(_) => continue,
            },
        };
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let weight = weight.map_or(Some(1.0), |text| text.parse::<f32>().ok());
        let weight = weight.filter(|weight| *weight > 0.0);
        if let Some(weight) = weight
            && best.is_none_or(|(most, _)| weight > most)
        {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}
