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

/// What a slip of the pen would look like, each with a word of the complaint that it must lead to.
type Slip = (
    &'static str,
    &'static str,
    &'static str,
    Value,
    &'static str,
);

#[test]
fn every_slip_is_found() {
    let rendered = Manifests::rendered("production");
    let pod = "/spec/template/spec";
    let slips: [Slip; 12] = [
        (
            "Service",
            "dialer",
            "/spec/selector/app.kubernetes.io~1name",
            json!("dialler"),
            "selects nothing",
        ),
        (
            "Service",
            "dialer",
            "/spec/ports/0/targetPort",
            json!("probe"),
            "no port",
        ),
        (
            "Deployment",
            "dialer",
            &format!("{pod}/containers/0/ports/0/containerPort"),
            json!(9091),
            "9091",
        ),
        (
            "Deployment",
            "dialer",
            &format!("{pod}/containers/0/env/0/name"),
            json!("CALLBOARD__DIALER__LANS"),
            "LANS",
        ),
        (
            "Deployment",
            "dialer",
            &format!("{pod}/containers/0/env/0/valueFrom/secretKeyRef/key"),
            json!("user"),
            "not in the list",
        ),
        (
            "Deployment",
            "dialer",
            &format!("{pod}/containers/0/securityContext/readOnlyRootFilesystem"),
            json!(false),
            "restricted",
        ),
        (
            "Deployment",
            "dialer",
            &format!("{pod}/terminationGracePeriodSeconds"),
            json!(15),
            "drains",
        ),
        (
            "ScaledObject",
            "dialer",
            "/spec/triggers/0/metadata/queueName",
            json!("dialer.call.report"),
            "no queue",
        ),
        (
            "ScaledObject",
            "dialer",
            "/spec/scaleTargetRef/name",
            json!("dialler"),
            "scales nothing",
        ),
        (
            "ScaledObject",
            "dialer",
            "/spec/maxReplicaCount",
            json!(40),
            "max_connections",
        ),
        (
            "ServiceMonitor",
            "dialer",
            "/spec/endpoints/0/port",
            json!("metrics"),
            "no port",
        ),
        (
            "PodDisruptionBudget",
            "dialer",
            "/spec/selector/matchLabels/app.kubernetes.io~1name",
            json!("dialler"),
            "protects nothing",
        ),
    ]
    .map(|(kind, name, path, value, word)| {
        (kind, name, &*String::leak(path.to_owned()), value, word)
    });
    for (kind, name, path, value, word) in slips {
        let mut manifests = rendered.clone();
        *manifests
            .named_mut(kind, name)
            .pointer_mut(path)
            .expect(path) = value;
        let found = problems(&manifests);
        assert!(
            found.iter().any(|problem| problem.contains(word)),
            "{kind} {name} {path}: {found:?}"
        );
    }
}
