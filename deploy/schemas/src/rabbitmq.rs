//! A check of our own in the place of a schema: the part of `RabbitmqCluster` (rabbitmq.com/v1beta1) that the manifests use,
//! as the API reference of RabbitMQ's cluster operator describes it. Another field is refused until it is added here.

#![expect(dead_code, reason = "the fields are the schema; nothing reads them")]

use k8s_openapi::api::core::v1::{Affinity, ResourceRequirements};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

/// A cluster of brokers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RabbitmqCluster {
    api_version: String,
    kind: String,
    metadata: ObjectMeta,
    spec: Spec,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spec {
    replicas: Option<u32>,
    image: Option<String>,
    persistence: Option<Persistence>,
    resources: Option<ResourceRequirements>,
    affinity: Option<Affinity>,
    termination_grace_period_seconds: Option<u32>,
    rabbitmq: Option<Configuration>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Persistence {
    storage_class_name: Option<String>,
    storage: Option<Quantity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Configuration {
    additional_plugins: Option<Vec<String>>,
    additional_config: Option<String>,
    advanced_config: Option<String>,
    env_config: Option<String>,
}
