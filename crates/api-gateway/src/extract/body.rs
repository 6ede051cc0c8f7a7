use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use futures::StreamExt as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::problem::{Code, FieldError, Problem};

/// The largest JSON body: room for the ids of 100,000 leads.
const LARGEST_JSON: usize = 1 << 20;

/// Reads a body of at most `largest` bytes. How long that may take is seen to before ([`crate::limits::keep`]).
pub(crate) async fn read_body(payload: &mut Payload, largest: usize) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk =
            chunk.map_err(|_| Problem::from(Code::InvalidBody).detail("the body broke off"))?;
        if body.len() + chunk.len() > largest {
            return Err(
                Problem::from(Code::BodyTooLarge).detail(format!("at most {largest} bytes"))
            );
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Wrong fields as they are found.
#[derive(Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    /// Notes a wrong field unless `sound`.
    pub(crate) fn check(&mut self, sound: bool, field: &str, message: &str) {
        if !sound {
            self.0.push(FieldError::new(field, message));
        }
    }

    /// Refuses when anything is wrong.
    pub(crate) fn into_result(self) -> Result<(), Problem> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Problem::fields(Code::ValidationFailed, self.0)),
        }
    }

    /// Notes what was found wrong elsewhere.
    pub(crate) fn extend(&mut self, errors: impl IntoIterator<Item = FieldError>) {
        self.0.extend(errors);
    }

    /// Refuses what anything was found wrong with, for what only a handler can look at.
    pub(crate) fn verdict(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Problem::fields(Code::ValidationFailed, self.0))
    }

    /// Notes a text that is too long, in characters.
    pub(crate) fn check_length(&mut self, text: Option<&str>, longest: usize, field: &str) {
        let fits = text.is_none_or(|text| text.chars().count() <= longest);
        self.check(
            fits,
            field,
            &format!("must have at most {longest} characters"),
        );
    }
}

/// What a body must be beyond its types.
pub(crate) trait Validate {
    /// Notes everything that is wrong.
    fn validate(&self, fields: &mut Fields);
}

/// A JSON object. Refused with every field that is unknown, of a wrong type or out of its bounds.
pub(crate) struct Body<T> {
    pub(crate) value: T,
    /// SHA-256 of the method, the path and what the body says, for `Idempotency-Key`.
    pub(crate) fingerprint: [u8; 32],
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let mut payload = payload.take();
        Box::pin(async move {
            let media_type = request
                .headers()
                .get(CONTENT_TYPE)
                .and_then(|value| value.to_str().ok());
            let body = read_body(&mut payload, LARGEST_JSON).await?;
            // A request without a body, as curl sends it, is an empty object.
            if !body.is_empty() && !media_type.is_some_and(is_json) {
                return Err(
                    Problem::from(Code::UnsupportedMediaType).detail("send application/json")
                );
            }
            let object = object(&body)?;
            let mut hash = Sha256::new();
            hash.update(request.method().as_str());
            hash.update(request.path());
            // Keys are sorted here, so that order and white space do not matter.
            hash.update(Value::Object(object.clone()).to_string());
            Ok(Self {
                value: read(object)?,
                fingerprint: hash.finalize().into(),
            })
        })
    }
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Code::InvalidBody.into()),
        Err(error) => Err(Problem::from(Code::InvalidBody).detail(error.to_string())),
    }
}

/// Reads the object field by field where it does not fit as a whole, so that the answer names all that is wrong.
fn read<T: DeserializeOwned + Validate>(mut object: Map<String, Value>) -> Result<T, Problem> {
    let mut fields = Fields::default();
    for (name, _) in object.iter().filter(|(_, value)| holds_null(value)) {
        fields.check(false, name, NULL_CHARACTER);
    }
    let whole: Result<T, _> = serde_json::from_value(Value::Object(object.clone()));
    let value = match whole {
        Ok(value) => Ok(value),
        Err(_) => {
            object.retain(|name, value| {
                let alone = Map::from_iter([(name.clone(), value.clone())]);
                match serde_json::from_value::<T>(Value::Object(alone)) {
                    Err(error) if !error.to_string().starts_with("missing field") => {
                        fields
                            .0
                            .push(FieldError::new(name.as_str(), error.to_string()));
                        false
                    }
                    _ => true,
                }
            });
            serde_json::from_value(Value::Object(object))
        }
    };
    match &value {
        Ok(value) => value.validate(&mut fields),
        Err(error) => {
            // A field whose value cannot be read was left out, and is no missing one.
            let missing = missing(&error.to_string());
            if fields.0.iter().all(|wrong| wrong.field != missing.field) {
                fields.0.push(missing);
            }
        }
    }
    match value {
        Ok(value) if fields.0.is_empty() => Ok(value),
        _ => Err(Problem::fields(Code::ValidationFailed, fields.0)),
    }
}

/// PostgreSQL's texts hold every character but this one.
pub(super) const NULL_CHARACTER: &str = "must not hold a null character";

fn holds_null(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || holds_null(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// `` missing field `x` `` as a wrong field.
fn missing(error: &str) -> FieldError {
    match error.split('`').nth(1) {
        Some(field) => FieldError::new(field, "is missing"),
        None => FieldError::new("", error),
    }
}

/// For a field that may be absent (leave it), null (empty it) or there.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        #[serde(default)]
        name: String,
        #[serde(default)]
        concurrency: Option<i16>,
        #[serde(default, deserialize_with = "present")]
        notes: Option<Option<String>>,
    }

    impl Validate for Wanted {
        fn validate(&self, fields: &mut Fields) {
            fields.check(!self.name.is_empty(), "name", "is missing");
            fields.check_length(self.notes.as_ref().and_then(Option::as_deref), 3, "notes");
        }
    }

    fn try_read(value: Value) -> Result<Wanted, Vec<String>> {
        let Value::Object(object) = value else {
            panic!("an object");
        };
        read(object).map_err(|problem| {
            let body = actix_web::ResponseError::error_response(&problem);
            assert_eq!(body.status(), 422);
            format!("{problem:?}")
                .split("field: \"")
                .skip(1)
                .map(|rest| rest.split('"').next().unwrap_or("").to_owned())
                .collect()
        })
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = json!({"concurrency": "many", "notes": "too long", "colour": 1});
        assert_eq!(
            try_read(wrong).expect_err("refused"),
            ["colour", "concurrency", "name", "notes"]
        );
    }

    #[test]
    fn a_null_character_is_refused_wherever_it_stands() {
        let wrong = json!({"name": "a\u{0}", "notes": "n"});
        assert_eq!(try_read(wrong).expect_err("refused"), ["name"]);
        assert!(holds_null(&json!([{"a": ["\u{0}"]}])) && !holds_null(&json!([{"a": [0, null]}])));
    }

    #[test]
    fn absent_and_null_differ() {
        let absent = try_read(json!({"name": "a"})).expect("reads");
        assert_eq!((absent.notes, absent.concurrency), (None, None));
        let null = try_read(json!({"name": "a", "notes": null})).expect("reads");
        assert_eq!(null.notes, Some(None));
    }
}
