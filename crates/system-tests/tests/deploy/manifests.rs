//! Rendered manifests, and what of them a program would see.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What stands for a secret's value: long enough for any of them, and fit for a URL.
const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef";

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What `scripts/render-deploy NAME --json` prints.
pub fn json(name: &str) -> Value {
    let output = Command::new(root().join("scripts/render-deploy"))
        .args([name, "--json"])
        .output()
        .expect("scripts/render-deploy starts");
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("it prints JSON")
}

/// The objects of one overlay.
#[derive(Clone)]
pub struct Manifests(Vec<Value>);

impl Manifests {
    /// An overlay as it would be applied.
    pub fn rendered(overlay: &str) -> Self {
        match json(overlay) {
            Value::Array(objects) => Self(objects),
            other => panic!("an array of objects is expected, not {other}"),
        }
    }

    /// The objects of one kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |object| object["kind"] == kind)
    }

    /// One object.
    pub fn named(&self, kind: &str, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .find(|object| object["kind"] == kind && self::name(object) == name)
    }

    /// One object, to be changed.
    pub fn named_mut(&mut self, kind: &str, name: &str) -> &mut Value {
        let found = self
            .0
            .iter_mut()
            .find(|object| object["kind"] == kind && self::name(object) == name);
        found.expect("there is such an object")
    }

    /// Everything in every object.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.0.iter().flat_map(|object| {
            let mut found = Vec::new();
            walk(object, &mut found);
            found
        })
    }

    /// The pod templates of the programs, with the names of what makes them.
    pub fn pods(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().filter_map(|object| {
            let template = match text(&object["kind"]) {
                "Deployment" | "Job" => &object["spec"]["template"],
                "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
                _ => return None,
            };
            Some((name(object), template))
        })
    }

    /// The environment that a container's program finds: config maps, then its own variables in their order, each
    /// `$(NAME)` replaced where NAME was set before, as Kubernetes does it.
    ///
    /// # Errors
    /// Naming a config map that is not there, or a reference that is not resolved.
    pub fn environment(&self, container: &Value) -> Result<BTreeMap<String, String>, String> {
        let mut environment = BTreeMap::new();
        for source in items(&container["envFrom"]) {
            let name = text(&source["configMapRef"]["name"]);
            let map = self
                .named("ConfigMap", name)
                .ok_or_else(|| format!("there is no config map {name}"))?;
            let data = map["data"].as_object().into_iter().flatten();
            environment.extend(data.map(|(key, value)| (key.clone(), text(value).to_owned())));
        }
        for variable in items(&container["env"]) {
            let mut value = variable["value"].as_str().unwrap_or(SECRET).to_owned();
            for (name, known) in &environment {
                value = value.replace(&format!("$({name})"), known);
            }
            let name = text(&variable["name"]);
            if value.contains("$(") {
                return Err(format!(
                    "{name} refers to what is not set before it: {value}"
                ));
            }
            environment.insert(name.to_owned(), value);
        }
        Ok(environment)
    }
}

/// An object's name.
pub fn name(object: &Value) -> &str {
    text(&object["metadata"]["name"])
}

/// The first container of a deployment.
pub fn container(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]["containers"][0]
}

/// A text, or nothing.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The items of a list, or none.
pub fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Whether every label that a selector demands is there.
pub fn selects(selector: &Value, labels: &Value) -> bool {
    let demanded = selector.as_object();
    demanded.is_some_and(|demanded| {
        !demanded.is_empty() && demanded.iter().all(|(key, value)| labels[key] == *value)
    })
}

fn walk<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| walk(field, found)),
        _ => {}
    }
}
