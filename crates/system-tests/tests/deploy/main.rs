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

/// What a slip of the pen would change in what belongs to the dialer: the kind of the object, where in it (two parts of one
/// path), to what; and a word of the complaint.
type Slip = (
    &'static str,
    &'static str,
    &'static str,
    Value,
    &'static str,
);

/// Where the only container of a deployment begins.
const CONTAINER: &str = "/spec/template/spec/containers/0";

fn slips() -> Vec<Slip> {
    let of_container = [
        ("/ports/0/containerPort", json!(9091), "9091"),
        ("/env/0/name", json!("AMQP_USER"), "not set before it"),
        (
            "/env/6/name",
            json!("CALLBOARD__DIALER__LANS"),
            "CALLBOARD__DIALER__LANS",
        ),
        (
            "/env/0/valueFrom/secretKeyRef/key",
            json!("user"),
            "not in the list",
        ),
        (
            "/securityContext/readOnlyRootFilesystem",
            json!(false),
            "not restricted",
        ),
    ];
    let others = [
        (
            "Deployment",
            "/spec/template/spec/terminationGracePeriodSeconds",
            json!(15),
            "drains",
        ),
        (
            "Service",
            "/spec/selector/app.kubernetes.io~1name",
            json!("dialler"),
            "selects nothing",
        ),
        (
            "Service",
            "/spec/ports/0/targetPort",
            json!("probe"),
            "no port",
        ),
        (
            "ScaledObject",
            "/spec/triggers/0/metadata/queueName",
            json!("dialer.call.report"),
            "no queue",
        ),
        (
            "ScaledObject",
            "/spec/scaleTargetRef/name",
            json!("dialler"),
            "scales nothing",
        ),
        (
            "ScaledObject",
            "/spec/maxReplicaCount",
            json!(40),
            "max_connections",
        ),
        (
            "ServiceMonitor",
            "/spec/endpoints/0/port",
            json!("metrics"),
            "no port",
        ),
        (
            "PodDisruptionBudget",
            "/spec/selector/matchLabels/app.kubernetes.io~1name",
            json!("dialler"),
            "protects nothing",
        ),
    ];
    let of_container =
        of_container.map(|(path, value, word)| ("Deployment", CONTAINER, path, value, word));
    let others = others.map(|(kind, path, value, word)| (kind, "", path, value, word));
    of_container.into_iter().chain(others).collect()
}

#[test]
fn every_slip_is_found() {
    let rendered = Manifests::rendered("production");
    for (kind, above, below, value, word) in slips() {
        let path = format!("{above}{below}");
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
