//! Form parameters of a request.

use actix_web::HttpRequest;

use super::reply::ApiError;
use crate::calls::Hook;

/// The decoded pairs of a form or a query.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn read(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The first value that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Every value of a repeated field that is not empty.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    /// An address with its method, checked as the carrier checks it.
    pub(super) fn hook(&self, name: &str, code: u32) -> Result<Option<Hook>, ApiError> {
        let Some(address) = self.get(name) else {
            return Ok(None);
        };
        let usable = url::Url::parse(address).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some_and(|host| !host.contains('_'))
        });
        if !usable {
            return Err(ApiError::bad_request(
                code,
                format!("{name} is not a valid URL: {address}"),
            ));
        }
        // Url and Twiml share `Method`; every other address has a parameter of its own.
        let method_name = match name {
            "Url" => "Method".to_owned(),
            "FallbackUrl" => "FallbackMethod".to_owned(),
            _ => format!("{name}Method"),
        };
        let get = match self.get(&method_name) {
            None => false,
            Some(method) if method.eq_ignore_ascii_case("POST") => false,
            Some(method) if method.eq_ignore_ascii_case("GET") => true,
            Some(method) => {
                return Err(ApiError::bad_request(
                    21209,
                    format!("{method_name} is not valid: {method}"),
                ));
            }
        };
        Ok(Some(Hook {
            url: address.to_owned(),
            get,
        }))
    }

    /// A whole number of seconds in a range.
    pub(super) fn seconds(&self, name: &str, default: u32, most: u32) -> Result<f64, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(f64::from(default));
        };
        text.parse::<u32>()
            .ok()
            .filter(|seconds| (1..=most).contains(seconds))
            .map(f64::from)
            .ok_or_else(|| {
                ApiError::bad_request(21208, format!("{name} must be 1 to {most}, not {text}"))
            })
    }
}

/// Scheme and host under which this client sees the carrier.
pub(crate) fn base_url_of(request: &HttpRequest) -> String {
    let connection = request.connection_info();
    format!("{}://{}", connection.scheme(), connection.host())
}
