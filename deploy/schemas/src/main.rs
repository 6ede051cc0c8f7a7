//! Reads rendered manifests (a JSON array of objects) from standard input and says which custom resources have a field that
//! their operator does not know, a value of another type, or lack one that it demands. The types are generated from the
//! operators' own definitions; only RabbitMQ's, of which no registry has any, is written down by hand in [`rabbitmq`].
//!
//! Exit status 1 and one line per problem; 2 when nothing of the kind was found, because then nothing was checked.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use kcr_barmancloud_cnpg_io::v1::objectstores::ObjectStore;
use kcr_keda_sh::v1alpha1::scaledobjects::ScaledObject;
use kcr_keda_sh::v1alpha1::triggerauthentications::TriggerAuthentication;
use kcr_monitoring_coreos_com::v1::podmonitors::PodMonitor;
use kcr_monitoring_coreos_com::v1::prometheusrules::PrometheusRule;
use kcr_monitoring_coreos_com::v1::servicemonitors::ServiceMonitor;
use kcr_postgresql_cnpg_io::v1::clusters::Cluster;
use kcr_postgresql_cnpg_io::v1::scheduledbackups::ScheduledBackup;
use serde::de::DeserializeOwned;
use serde_json::Value;

mod rabbitmq;

/// What is wrong with `object`; none when its kind is not one of those known here.
fn problems(object: &Value) -> Option<Vec<String>> {
    let text = |key: &str| object[key].as_str().unwrap_or_default();
    Some(match (text("apiVersion"), text("kind")) {
        ("postgresql.cnpg.io/v1", "Cluster") => read::<Cluster>(object),
        ("postgresql.cnpg.io/v1", "ScheduledBackup") => read::<ScheduledBackup>(object),
        ("barmancloud.cnpg.io/v1", "ObjectStore") => read::<ObjectStore>(object),
        ("keda.sh/v1alpha1", "ScaledObject") => read::<ScaledObject>(object),
        ("keda.sh/v1alpha1", "TriggerAuthentication") => read::<TriggerAuthentication>(object),
        ("monitoring.coreos.com/v1", "ServiceMonitor") => read::<ServiceMonitor>(object),
        ("monitoring.coreos.com/v1", "PodMonitor") => read::<PodMonitor>(object),
        ("monitoring.coreos.com/v1", "PrometheusRule") => read::<PrometheusRule>(object),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster") => read::<rabbitmq::RabbitmqCluster>(object),
        (version, _) if version.split('/').next().is_some_and(is_built_in) => return None,
        (version, kind) => vec![format!("nothing is known here of {kind} of {version}")],
    })
}

/// Whether an API group comes with Kubernetes; the core group has no name, its version stands alone.
fn is_built_in(group: &str) -> bool {
    group == "v1"
        || group.ends_with(".k8s.io")
        || ["apps", "autoscaling", "batch", "policy"].contains(&group)
}

/// What says which type an object is; the types themselves pass over it.
const OF_THE_TYPE: [&str; 2] = ["apiVersion", "kind"];

fn read<T: DeserializeOwned>(object: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    let read = serde_ignored::deserialize::<_, _, T>(object, |path| unknown.push(path.to_string()));
    let unknown = unknown
        .into_iter()
        .filter(|path| !OF_THE_TYPE.contains(&path.as_str()));
    let mut found: Vec<_> = unknown.map(|path| format!("{path} is not known")).collect();
    found.extend(read.err().map(|error| error.to_string()));
    found
}

fn main() -> anyhow::Result<ExitCode> {
    let objects: Vec<Value> = serde_json::from_reader(std::io::stdin().lock())
        .context("standard input is not an array of objects")?;
    let (mut checked, mut wrong) = (0, 0);
    let mut out = std::io::stdout().lock();
    for object in &objects {
        let Some(found) = problems(object) else {
            continue;
        };
        checked += 1;
        wrong += found.len();
        for problem in found {
            let (kind, name) = (&object["kind"], &object["metadata"]["name"]);
            writeln!(out, "{kind} {name}: {problem}")?;
        }
    }
    writeln!(out, "{checked} custom resources, {wrong} problems")?;
    Ok(match (checked, wrong) {
        (0, _) => ExitCode::from(2),
        (_, 0) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scaler() -> Value {
        json!({
            "apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": { "name": "dialer" },
            "spec": { "scaleTargetRef": { "name": "dialer" }, "triggers": [{ "type": "rabbitmq", "metadata": {} }] },
        })
    }

    #[test]
    fn what_an_operator_understands_is_no_problem() {
        assert_eq!(problems(&scaler()), Some(Vec::new()));
    }

    #[test]
    fn a_misspelt_field_a_wrong_type_and_a_missing_field_are_found() {
        let mut misspelt = scaler();
        misspelt["spec"]["maxReplicas"] = json!(3);
        assert_eq!(
            problems(&misspelt).unwrap(),
            ["spec.maxReplicas is not known"]
        );
        let mut wrong = scaler();
        wrong["spec"]["maxReplicaCount"] = json!("three");
        assert_eq!(problems(&wrong).unwrap().len(), 1);
        let mut missing = scaler();
        missing["spec"].as_object_mut().unwrap().remove("triggers");
        assert_eq!(problems(&missing).unwrap(), ["missing field `triggers`"]);
    }

    #[test]
    fn a_kind_of_which_nothing_is_known_is_a_problem_and_a_built_in_one_is_none() {
        let unknown = json!({ "apiVersion": "example.com/v1", "kind": "Thing" });
        assert_eq!(problems(&unknown).unwrap().len(), 1);
        for version in ["v1", "apps/v1", "networking.k8s.io/v1", "policy/v1"] {
            assert_eq!(
                problems(&json!({ "apiVersion": version, "kind": "Any" })),
                None,
                "{version}"
            );
        }
    }

    #[test]
    fn rabbitmq_is_held_to_the_fields_that_were_written_down() {
        let mut cluster = json!({
            "apiVersion": "rabbitmq.com/v1beta1", "kind": "RabbitmqCluster", "metadata": { "name": "broker" },
            "spec": { "replicas": 3, "persistence": { "storage": "1Gi" } },
        });
        assert_eq!(problems(&cluster), Some(Vec::new()));
        cluster["spec"]["persistance"] = json!({});
        assert_eq!(problems(&cluster).unwrap().len(), 1);
    }
}
