use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::body::NULL_CHARACTER;
use crate::problem::{Code, FieldError, Problem};

/// The query. Refused with every parameter that is unknown or cannot be read.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let nulls: Vec<FieldError> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(_, value)| value.contains('\0'))
        .map(|(name, _)| FieldError::new(name, NULL_CHARACTER))
        .collect();
    if !nulls.is_empty() {
        return Err(Problem::fields(Code::InvalidQuery, nulls));
    }
    let error = match web::Query::<T>::from_query(query) {
        Ok(read) => return Ok(read.into_inner()),
        Err(error) => error.to_string(),
    };
    // Each parameter is tried alone, so that the answer names all that are wrong.
    let mut errors: Vec<FieldError> = url::form_urlencoded::parse(query.as_bytes())
        .filter_map(|(name, value)| {
            let alone = url::form_urlencoded::Serializer::new(String::new())
                .append_pair(&name, &value)
                .finish();
            let error = web::Query::<T>::from_query(&alone).err()?.to_string();
            Some(FieldError::new(name, strip(&error)))
        })
        .collect();
    if errors.is_empty() {
        errors.push(FieldError::new("", strip(&error)));
    }
    Err(Problem::fields(Code::InvalidQuery, errors))
}

/// Without the words that actix puts before what serde says.
fn strip(error: &str) -> &str {
    error
        .strip_prefix("Query deserialize error: ")
        .unwrap_or(error)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Wanted {
        limit: Option<u8>,
        list_id: Option<i64>,
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        assert!(parse::<Wanted>("limit=3").is_ok());
        let problem = parse::<Wanted>("limit=many&lisst_id=3&list_id=4").expect_err("refused");
        let text = format!("{problem:?}");
        assert!(
            text.contains("\"limit\"") && text.contains("\"lisst_id\""),
            "{text}"
        );
        assert!(!text.contains("field: \"list_id\""), "{text}");
    }
}
