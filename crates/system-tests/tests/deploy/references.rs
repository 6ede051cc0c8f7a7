//! What the manifests say of each other.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::manifests::{Manifests, items, name, root, selects, text};

/// The longest that a service drains (20 s), and some time for its end.
const DRAIN_SECONDS: u64 = 25;

/// Labels that the operators give to pods that they make of the objects of these kinds.
const MADE_BY_OPERATORS: [(&str, &str); 2] = [
    ("Cluster", "cnpg.io/cluster"),
    ("RabbitmqCluster", "app.kubernetes.io/name"),
];

/// The labels of every pod that there will be.
fn labels(manifests: &Manifests) -> Vec<Value> {
    let ours = manifests
        .pods()
        .map(|(_, template)| template["metadata"]["labels"].clone());
    let theirs = MADE_BY_OPERATORS.iter().flat_map(|(kind, label)| {
        manifests
            .of_kind(kind)
            .map(move |object| json!({ *label: name(object) }))
    });
    ours.chain(theirs).collect()
}

/// A service leads to the pods of exactly one deployment, at ports that they have; a monitor to ports of services.
pub fn services(manifests: &Manifests) -> Vec<String> {
    let mut found = Vec::new();
    for service in manifests.of_kind("Service") {
        let selector = &service["spec"]["selector"];
        let pods: Vec<_> = manifests
            .pods()
            .filter(|(_, pod)| selects(selector, &pod["metadata"]["labels"]))
            .collect();
        let [(_, pod)] = pods.as_slice() else {
            found.push(format!(
                "the service {} selects {}",
                name(service),
                if pods.is_empty() {
                    "nothing"
                } else {
                    "too much"
                }
            ));
            continue;
        };
        let has = |port: &Value| {
            items(&pod["spec"]["containers"][0]["ports"])
                .iter()
                .any(|has| has["name"] == *port)
        };
        for port in items(&service["spec"]["ports"]) {
            if !has(&port["targetPort"]) {
                found.push(format!(
                    "the service {}: there is no port {}",
                    name(service),
                    port["targetPort"]
                ));
            }
        }
    }
    for monitor in manifests.of_kind("ServiceMonitor") {
        let selector = &monitor["spec"]["selector"]["matchLabels"];
        let made = labels(manifests).iter().any(|labels| {
            selects(selector, labels) && labels.as_object().is_some_and(|it| it.len() == 1)
        });
        let service = manifests
            .of_kind("Service")
            .find(|service| selects(selector, &service["metadata"]["labels"]));
        for endpoint in items(&monitor["spec"]["endpoints"]) {
            let has = service.is_some_and(|service| {
                items(&service["spec"]["ports"])
                    .iter()
                    .any(|port| port["name"] == endpoint["port"])
            });
            // The services of operators are not among the manifests.
            if !has && !made {
                found.push(format!(
                    "the monitor {}: there is no port {}",
                    name(monitor),
                    endpoint["port"]
                ));
            }
        }
    }
    found
}

/// Each deployment of a service has what belongs to it: a service, a budget, a monitor, a scaler, an account.
pub fn companions(manifests: &Manifests) -> Vec<String> {
    let mut found = Vec::new();
    for budget in manifests.of_kind("PodDisruptionBudget") {
        if !labels(manifests)
            .iter()
            .any(|labels| selects(&budget["spec"]["selector"]["matchLabels"], labels))
        {
            found.push(format!("the budget {} protects nothing", name(budget)));
        }
    }
    for deployment in manifests
        .of_kind("Deployment")
        .filter(|it| name(it) != "carrier-sim")
    {
        let name = name(deployment);
        for kind in [
            "Service",
            "PodDisruptionBudget",
            "ServiceMonitor",
            "ServiceAccount",
        ] {
            if manifests.named(kind, name).is_none() {
                found.push(format!("{name} has no {kind}"));
            }
        }
        let scalers = ["ScaledObject", "HorizontalPodAutoscaler"];
        if !scalers
            .iter()
            .any(|kind| manifests.named(kind, name).is_some())
        {
            found.push(format!("{name} has no scaler"));
        }
        let pod = &deployment["spec"]["template"]["spec"];
        let notice = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
            .as_u64()
            .unwrap_or_default();
        if pod["terminationGracePeriodSeconds"]
            .as_u64()
            .unwrap_or_default()
            < notice + DRAIN_SECONDS
        {
            found.push(format!("{name} is killed while it drains"));
        }
        if pod["initContainers"][0]["args"] != json!(["migrate", "--check"]) {
            found.push(format!("{name} does not wait for the migrations"));
        }
    }
    found
}

/// Every key of a secret that is referred to is in the list of deploy/README.md.
pub fn secrets(manifests: &Manifests) -> Vec<String> {
    let listed = listed_secrets();
    let referred = manifests.values().flat_map(referred_secrets);
    referred
        .filter(|secret| !listed.contains(secret))
        .map(|(secret, key)| format!("the secret {secret} with the key {key} is not in the list"))
        .collect()
}

/// The secrets that one value refers to, with their keys.
fn referred_secrets(value: &Value) -> Vec<(String, String)> {
    let pair = |reference: &Value, key: &str| (text(&reference["name"]).to_owned(), key.to_owned());
    let single = ["secretKeyRef", "accessKeyId", "secretAccessKey"]
        .iter()
        .filter_map(|field| value.get(field));
    let mut found: Vec<_> = single
        .map(|reference| pair(reference, text(&reference["key"])))
        .collect();
    let targets = items(&value["secretTargetRef"]);
    found.extend(
        targets
            .iter()
            .map(|reference| pair(reference, text(&reference["key"]))),
    );
    // A login's secret holds both; PostgreSQL's operator knows the keys.
    let logins = ["passwordSecret", "secret"]
        .iter()
        .filter_map(|field| value.get(field))
        .filter(|it| it["name"].is_string());
    found.extend(
        logins.flat_map(|reference| ["username", "password"].map(|key| pair(reference, key))),
    );
    found
}

/// The table "Secrets": lines of the form | `name` | `key`, `key` | … |.
fn listed_secrets() -> BTreeSet<(String, String)> {
    let readme =
        std::fs::read_to_string(root().join("deploy/README.md")).expect("deploy/README.md");
    let chapter = readme
        .split("\n### ")
        .find(|chapter| chapter.starts_with("Secrets"))
        .expect("a chapter Secrets");
    let rows = chapter.lines().filter(|line| line.starts_with("| `"));
    let quoted = |cell: &str| {
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    rows.flat_map(|row| {
        let cells: Vec<_> = row.split('|').map(quoted).collect();
        let (names, keys) = (cells[1].clone(), cells[2].clone());
        names
            .into_iter()
            .flat_map(move |name| keys.clone().into_iter().map(move |key| (name.clone(), key)))
    })
    .collect()
}

/// A network policy is about pods that exist, and everything is refused that no policy allows.
pub fn policies(manifests: &Manifests) -> Vec<String> {
    let mut found = Vec::new();
    let denies = |policy: &Value| {
        policy["spec"]["podSelector"] == json!({})
            && policy["spec"]["policyTypes"] == json!(["Ingress", "Egress"])
            && policy["spec"].get("ingress").is_none()
            && policy["spec"].get("egress").is_none()
    };
    if !manifests.of_kind("NetworkPolicy").any(denies) {
        found.push("no policy refuses what none allows".to_owned());
    }
    let labels = labels(manifests);
    let is_a_pod = |key: &str, value: &Value| labels.iter().any(|labels| labels[key] == *value);
    for policy in manifests.of_kind("NetworkPolicy") {
        for selector in pod_selectors(policy) {
            let demanded = selector["matchLabels"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(key, value)| (key.as_str(), value));
            let choices = items(&selector["matchExpressions"]);
            let chosen = choices.iter().flat_map(|choice| {
                items(&choice["values"])
                    .iter()
                    .map(|value| (text(&choice["key"]), value))
            });
            for (key, value) in demanded.chain(chosen).filter(|(key, _)| *key != "k8s-app") {
                if !is_a_pod(key, value) {
                    found.push(format!(
                        "the policy {}: there is no pod with {key}={value}",
                        name(policy)
                    ));
                }
            }
        }
    }
    found
}

fn pod_selectors(policy: &Value) -> Vec<&Value> {
    let peers = [("ingress", "from"), ("egress", "to")]
        .into_iter()
        .flat_map(|(way, side)| {
            items(&policy["spec"][way])
                .iter()
                .flat_map(move |rule| items(&rule[side]))
        });
    peers
        .filter_map(|peer| peer.get("podSelector"))
        .chain([&policy["spec"]["podSelector"]])
        .collect()
}

/// Every pod of ours is what Kubernetes calls restricted, and writes nothing but to volumes.
pub fn restrictions(manifests: &Manifests) -> Vec<String> {
    let mut found = Vec::new();
    for (name, template) in manifests.pods() {
        let pod = &template["spec"];
        let containers = items(&pod["containers"])
            .iter()
            .chain(items(&pod["initContainers"]));
        let is_bound = |container: &Value| {
            let context = &container["securityContext"];
            context["allowPrivilegeEscalation"] == false
                && context["readOnlyRootFilesystem"] == true
                && context["capabilities"] == json!({ "drop": ["ALL"] })
                && container["resources"]["limits"]["memory"].is_string()
        };
        let context = &pod["securityContext"];
        if context["runAsNonRoot"] != true
            || context["seccompProfile"]["type"] != "RuntimeDefault"
            || pod["automountServiceAccountToken"] != false
            || !containers.into_iter().all(is_bound)
        {
            found.push(format!("{name} is not restricted"));
        }
    }
    found
}
