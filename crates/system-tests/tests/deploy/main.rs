//! `deploy/` against the programs that it deploys: whatever a manifest names (a setting, a port, a queue, a login, a secret)
//! must be there on the other side. What fits the schemas of Kubernetes is checked by `scripts/check-deploy`.

mod manifests;
mod programs;
mod references;
mod runbooks;

use manifests::Manifests;
use rstest::rstest;
use serde_json::{Value, json};

/// Everything that is wrong with an overlay.
fn problems(manifests: &Manifests) -> Vec<String> {
    [
        programs::settings(manifests),
        programs::ports(manifests),
        programs::queues(manifests),
        programs::logins(manifests),
        programs::connections(manifests),
        references::services(manifests),
        references::companions(manifests),
        references::secrets(manifests),
        references::policies(manifests),
        references::restrictions(manifests),
    ]
    .concat()
}

#[rstest]
#[case::development("development")]
#[case::production("production")]
fn an_overlay_fits_the_programs(#[case] overlay: &str) {
    let manifests = Manifests::rendered(overlay);
    assert_eq!(problems(&manifests), Vec::<String>::new());
}

#[test]
fn the_compose_file_fits_the_programs() {
    let compose = manifests::json("compose");
    assert_eq!(programs::compose(&compose), Vec::<String>::new());
}

#[test]
fn production_runs_released_images_and_says_where_it_is_reached() {
    let manifests = Manifests::rendered("production");
    for deployment in manifests.of_kind("Deployment") {
        let image = manifests::container(deployment)["image"].as_str().unwrap();
        assert!(!image.ends_with(":latest"), "{image}");
    }
    let config = manifests
        .of_kind("ConfigMap")
        .find(|map| map["data"]["CALLBOARD_ENV"].is_string());
    let config = &config.expect("the settings of all services")["data"];
    assert_eq!(config["CALLBOARD_ENV"], "production");
    assert!(config["PUBLIC_HOST"].is_string());
}

/// What a slip of the pen would change in an object of the dialer: its kind, where in it, to what; and a word of the complaint.
type Slip = (&'static str, String, Value, &'static str);

/// Slips within the deployment's container.
fn in_the_container() -> impl Iterator<Item = Slip> {
    [
        ("ports/0/containerPort", json!(9091), "9091"),
        ("env/0/name", json!("AMQP_USER"), "not set before it"),
        (
            "env/6/name",
            json!("CALLBOARD__DIALER__LANS"),
            "CALLBOARD__DIALER__LANS",
        ),
        (
            "env/0/valueFrom/secretKeyRef/key",
            json!("user"),
            "not in the list",
        ),
        (
            "securityContext/readOnlyRootFilesystem",
            json!(false),
            "not restricted",
        ),
    ]
    .into_iter()
    .map(|(path, value, word)| {
        (
            "Deployment",
            format!("/spec/template/spec/containers/0/{path}"),
            value,
            word,
        )
    })
}

/// Slips elsewhere in a specification.
fn elsewhere() -> impl Iterator<Item = Slip> {
    let name = "app.kubernetes.io~1name";
    [
        (
            "Deployment",
            "template/spec/terminationGracePeriodSeconds".to_owned(),
            json!(15),
            "drains",
        ),
        (
            "Service",
            format!("selector/{name}"),
            json!("dialler"),
            "selects nothing",
        ),
        (
            "Service",
            "ports/0/targetPort".to_owned(),
            json!("probe"),
            "no port",
        ),
        (
            "ScaledObject",
            "triggers/0/metadata/queueName".to_owned(),
            json!("dialer.called"),
            "no queue",
        ),
        (
            "ScaledObject",
            "scaleTargetRef/name".to_owned(),
            json!("dialler"),
            "scales nothing",
        ),
        (
            "ScaledObject",
            "maxReplicaCount".to_owned(),
            json!(40),
            "max_connections",
        ),
        (
            "ServiceMonitor",
            "endpoints/0/port".to_owned(),
            json!("metrics"),
            "no port",
        ),
        (
            "PodDisruptionBudget",
            format!("selector/matchLabels/{name}"),
            json!("dialler"),
            "protects nothing",
        ),
    ]
    .into_iter()
    .map(|(kind, path, value, word)| (kind, format!("/spec/{path}"), value, word))
}

#[test]
fn every_slip_is_found() {
    let rendered = Manifests::rendered("production");
    for (kind, path, value, word) in in_the_container().chain(elsewhere()) {
        let mut manifests = rendered.clone();
        *manifests
            .named_mut(kind, "dialer")
            .pointer_mut(&path)
            .expect(&path) = value;
        let found = problems(&manifests);
        assert!(
            found.iter().any(|problem| problem.contains(word)),
            "{kind} {path}: {found:?}"
        );
    }
}
