//! The operations of the document, and requests made of what it says about them.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::ids::{Ids, Whose, column_of_field, column_of_path};

/// What nobody has to be known for, or the carrier signs.
const FOR_EVERYONE: [&str; 6] = [
    "/api/auth/login",
    "/api/docs",
    "/api/auth/refresh",
    "/api/notifications/unsubscribe/",
    "/api/openapi.json",
    "/webhooks/",
];

/// An operation of the document.
pub(super) struct Operation {
    pub(super) method: Method,
    pub(super) path: String,
    /// The parameters of its query, each with its schema.
    query: Vec<(String, Value)>,
    pub(super) takes_key: bool,
    media_type: Option<String>,
    required: Vec<String>,
    /// Of its body: where each is, and its schema.
    fields: Vec<(Vec<String>, Value)>,
}

/// What a request names, besides what it has to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Nothing,
    Query(String),
    Field(Vec<String>),
}

/// A request that can be sent with the ids of anybody.
#[derive(Debug, Clone)]
pub(super) struct Attack {
    /// Whether the path is another's; otherwise it is ours.
    pub(super) by_path: bool,
    pub(super) named: Named,
}

impl Attack {
    /// None at all: everything is ours.
    pub(super) const fn nothing() -> Self {
        Self {
            by_path: false,
            named: Named::Nothing,
        }
    }

    /// What is at the path alone.
    pub(super) const fn by_path() -> Self {
        Self {
            by_path: true,
            named: Named::Nothing,
        }
    }
}

/// A request as it is sent.
pub(super) struct Request {
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    /// The ids of another in it.
    pub(super) sent: Vec<Value>,
}

/// Every operation that works for one business.
pub(super) fn all(document: &Value) -> Vec<Operation> {
    let paths = document["paths"].as_object().expect("paths");
    let mut operations = Vec::new();
    for (path, methods) in paths {
        if FOR_EVERYONE.iter().any(|prefix| path.starts_with(prefix)) {
            continue;
        }
        for (method, said) in methods.as_object().expect("operations") {
            operations.push(Operation::read(document, path, method, said));
        }
    }
    operations
}

impl Operation {
    fn read(document: &Value, path: &str, method: &str, said: &Value) -> Self {
        let parameters = said["parameters"].as_array().cloned().unwrap_or_default();
        let named = |place: &'static str| {
            parameters
                .iter()
                .filter(move |parameter| parameter["in"] == place)
                .map(|parameter| {
                    let name = parameter["name"].as_str().expect("a name").to_owned();
                    (name, parameter["schema"].clone())
                })
        };
        let content = said["requestBody"]["content"].as_object();
        let body = content.and_then(|content| content.iter().next());
        let schema = body.map_or(Value::Null, |(_, body)| resolved(document, &body["schema"]));
        Self {
            method: method.to_uppercase().parse().expect("a method"),
            path: path.to_owned(),
            query: named("query").collect(),
            takes_key: named("header").any(|(name, _)| name == "Idempotency-Key"),
            media_type: body.map(|(media_type, _)| media_type.clone()),
            required: texts(&schema["required"]),
            fields: fields(document, &schema, &[]),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn has_path(&self) -> bool {
        self.path.contains('{')
    }

    pub(super) fn pages(&self) -> bool {
        self.query.iter().any(|(name, _)| name == "cursor")
    }

    /// Every way to name what is another's: in the path, with each field of the body for itself, and in each parameter and
    /// field that names an id.
    pub(super) fn attacks(&self) -> Vec<Attack> {
        let attack = |by_path, named| Attack { by_path, named };
        let mut attacks = Vec::new();
        if self.has_path() {
            attacks.push(Attack::by_path());
            let fields = self.fields.iter();
            attacks.extend(fields.map(|(at, _)| attack(true, Named::Field(at.clone()))));
        }
        for (name, schema) in &self.query {
            if column_of_field(&self.name(), name, schema).is_some() {
                attacks.push(attack(false, Named::Query(name.clone())));
            }
        }
        for (at, schema) in &self.fields {
            let name = at.last().expect("a field has a name");
            if column_of_field(&self.name(), name, schema).is_some() {
                attacks.push(attack(false, Named::Field(at.clone())));
            }
        }
        attacks
    }

    /// The request of an attack, with ids of `whose`.
    pub(super) fn request(&self, ids: &Ids, attack: &Attack, whose: Whose) -> Request {
        let mut sent = Vec::new();
        let mut id = |column: &str, is_foreign: bool| {
            let id = ids.of(column, if is_foreign { whose } else { Whose::Ours });
            if is_foreign {
                sent.push(id.clone());
            }
            id
        };
        let mut path = String::new();
        for (n, part) in self.path.split('/').enumerate().skip(1) {
            path.push('/');
            if part.starts_with('{') {
                let prefix: Vec<&str> = self.path.split('/').take(n + 1).collect();
                let column = column_of_path(&prefix.join("/"));
                path.push_str(&plain(&id(column, attack.by_path)));
            } else {
                path.push_str(part);
            }
        }
        let mut query = Vec::new();
        if let Named::Query(name) = &attack.named {
            let column = column_of_field(&path, name, &Value::Null).expect("is known");
            query.push((name.clone(), plain(&id(column, !attack.by_path))));
        }
        let mut body = Map::new();
        for (at, schema) in &self.fields {
            let name = at.last().expect("a field has a name");
            let is_named = attack.named == Named::Field(at.clone());
            let is_required = at.len() == 1 && self.required.contains(name);
            if !is_named && !is_required {
                continue;
            }
            let value = match column_of_field(&path, name, schema) {
                Some(column) => {
                    let id = id(column, is_named && !attack.by_path);
                    if is_list(schema) { json!([id]) } else { id }
                }
                None => sample(name, schema),
            };
            put(&mut body, at, value);
            let has = |field: &str| self.fields.iter().any(|(at, _)| at[..] == [field]);
            for (field, wherever, other, value) in companions() {
                if is_named && at[..] == [field] && has(wherever) {
                    put(&mut body, &[other.to_owned()], value);
                }
            }
        }
        let body = match self.media_type.as_deref() {
            None => None,
            Some("application/json") => Some(Value::Object(body)),
            Some(_) => Some(json!("phone\n0521234567\n")),
        };
        Request {
            path,
            query,
            body,
            sent,
        }
    }
}

/// Fields that are refused without another one: which, in an operation with which field, what goes with it.
fn companions() -> [(&'static str, &'static str, &'static str, Value); 10] {
    let ours = || json!({ "tag": super::OURS });
    [
        ("list_id", "action", "action", json!("move_to_list")),
        ("list_id", "action", "filter", ours()),
        ("move_to", "is_active", "is_active", json!(false)),
        (
            "outbound_list_id",
            "first_name",
            "first_name",
            json!("Dana"),
        ),
        ("owner_user_id", "action", "action", json!("set_owner")),
        ("owner_user_id", "action", "filter", ours()),
        ("owner_user_id", "first_name", "first_name", json!("Dana")),
        ("status", "action", "action", json!("change_status")),
        ("status", "action", "filter", ours()),
        ("status", "first_name", "first_name", json!("Dana")),
    ]
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten();
    texts
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect()
}

/// A schema without its references; of something or null, the something.
fn resolved(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return resolved(document, document.pointer(pointer).expect("is there"));
    }
    let choices = schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array());
    match choices
        .into_iter()
        .flatten()
        .find(|choice| choice["type"] != "null")
    {
        Some(choice) => resolved(document, choice),
        None => schema.clone(),
    }
}

fn fields(document: &Value, schema: &Value, at: &[String]) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        let schema = resolved(document, schema);
        let at = [at, std::slice::from_ref(name)].concat();
        if schema["properties"].is_object() {
            found.extend(fields(document, &schema, &at));
        } else {
            found.push((at, schema));
        }
    }
    found
}

fn put(body: &mut Map<String, Value>, at: &[String], value: Value) {
    match at {
        [] => {}
        [name] => drop(body.insert(name.clone(), value)),
        [name, rest @ ..] => {
            if let Value::Object(inner) = body.entry(name).or_insert_with(|| json!({})) {
                put(inner, rest, value);
            }
        }
    }
}

/// An id as it stands in a path.
pub(super) fn plain(id: &Value) -> String {
    id.as_str()
        .map_or_else(|| id.to_string(), ToOwned::to_owned)
}

fn is_list(schema: &Value) -> bool {
    has_type(schema, "array")
}

fn has_type(schema: &Value, wanted: &str) -> bool {
    schema["type"] == wanted || texts(&schema["type"]).iter().any(|found| found == wanted)
}

/// Something that a field may hold.
fn sample(name: &str, schema: &Value) -> Value {
    match name {
        "phone" | "phone_e164" => json!("0521234567"),
        "time_zone" => json!("Asia/Jerusalem"),
        "color" => json!("#112233"),
        "email" => json!("someone@example.com"),
        "url" => json!("https://example.com/hook"),
        "event_types" => json!(["status.changed"]),
        "role" => json!("agent"),
        "password" | "current_password" | "new_password" => json!("correct horse battery staple"),
        _ if is_list(schema) => json!([]),
        _ if has_type(schema, "boolean") => json!(true),
        _ if has_type(schema, "integer") => json!(5),
        _ if has_type(schema, "number") => json!(0.5),
        _ if has_type(schema, "object") => json!({}),
        _ if schema["format"] == "date-time" => json!("2026-12-01T10:00:00Z"),
        _ => schema["enum"]
            .get(0)
            .cloned()
            .unwrap_or_else(|| json!("text")),
    }
}
