//! What the manifests say of the programs, against the programs.

use std::collections::BTreeMap;

use chassis::settings::load_from;
use messaging::topology::{Ladder, topology};
use serde_json::Value;
use storage::ServiceRole;
use url::Url;

use crate::manifests::{Manifests, container, items, name, text};

/// A service as the manifests have to describe it.
struct Program {
    role: ServiceRole,
    /// The port of its probes, and the public one, by CONTRACT's table.
    ports: &'static [(&'static str, u16)],
}

const PROGRAMS: [Program; 4] = [
    Program {
        role: ServiceRole::ApiGateway,
        ports: &[("http", 8080), ("probes", 9080)],
    },
    Program {
        role: ServiceRole::Dialer,
        ports: &[("probes", 9081)],
    },
    Program {
        role: ServiceRole::RecordingProcessor,
        ports: &[("probes", 9082)],
    },
    Program {
        role: ServiceRole::StatusEngine,
        ports: &[("probes", 9083)],
    },
];

impl Program {
    fn name(&self) -> &'static str {
        self.role.service_name()
    }

    fn deployment<'a>(&self, manifests: &'a Manifests) -> &'a Value {
        let found = manifests.named("Deployment", self.name());
        found.unwrap_or_else(|| panic!("there is no deployment {}", self.name()))
    }

    fn environment(&self, manifests: &Manifests) -> Result<BTreeMap<String, String>, String> {
        manifests.environment(container(self.deployment(manifests)))
    }

    /// The program's own settings, read from an environment as it does at its start.
    fn settings(&self, environment: &BTreeMap<String, String>) -> Result<Told, String> {
        let told = match self.role {
            ServiceRole::ApiGateway => {
                load_from::<api_gateway::Settings>(api_gateway::DEFAULTS, environment).map(
                    |settings| Told {
                        ports: vec![
                            ("http", settings.http.bind.port()),
                            ("probes", settings.probes.bind.port()),
                        ],
                        connections: settings.database.pool_size,
                    },
                )
            }
            ServiceRole::Dialer => load_from::<dialer::Settings>(dialer::DEFAULTS, environment)
                .map(|settings| Told {
                    ports: vec![("probes", settings.probes.bind.port())],
                    connections: settings.database.pool_size,
                }),
            ServiceRole::RecordingProcessor => load_from::<recording_processor::Settings>(
                recording_processor::DEFAULTS,
                environment,
            )
            .map(|settings| Told {
                ports: vec![("probes", settings.probes.bind.port())],
                connections: settings.database.pool_size,
            }),
            ServiceRole::StatusEngine => {
                load_from::<status_engine::Settings>(status_engine::DEFAULTS, environment).map(
                    |settings| Told {
                        ports: vec![("probes", settings.probes.bind.port())],
                        connections: settings.database.pool_size + settings.webhooks.pool_size,
                    },
                )
            }
            ServiceRole::Operator => unreachable!("no service acts as the operator"),
        };
        told.map_err(|error| format!("{}: {error:#}", self.name()))
    }

    fn told(&self, manifests: &Manifests) -> Result<Told, String> {
        self.settings(&self.environment(manifests)?)
    }
}

/// What of its settings the manifests have to agree with.
struct Told {
    ports: Vec<(&'static str, u16)>,
    connections: u32,
}

/// Every service reads its settings: nothing unknown, nothing missing.
pub fn settings(manifests: &Manifests) -> Vec<String> {
    PROGRAMS
        .iter()
        .filter_map(|program| program.told(manifests).err())
        .collect()
}

/// A container's ports are those of CONTRACT, and those that the program will listen on.
pub fn ports(manifests: &Manifests) -> Vec<String> {
    let mut found = Vec::new();
    for program in &PROGRAMS {
        let declared: Vec<_> = items(&container(program.deployment(manifests))["ports"])
            .iter()
            .map(|port| {
                (
                    text(&port["name"]),
                    port["containerPort"].as_u64().unwrap_or_default(),
                )
            })
            .collect();
        let expected: Vec<_> = program
            .ports
            .iter()
            .map(|(name, port)| (*name, u64::from(*port)))
            .collect();
        if declared != expected {
            found.push(format!(
                "{}: its ports are {expected:?} and not {declared:?}",
                program.name()
            ));
        }
        if program
            .told(manifests)
            .is_ok_and(|told| told.ports != program.ports)
        {
            found.push(format!(
                "{}: it is told to listen elsewhere",
                program.name()
            ));
        }
    }
    found
}

/// Scaling is by queues of the service itself that really exist.
pub fn queues(manifests: &Manifests) -> Vec<String> {
    let topology = topology(&Ladder::default());
    let mut found = Vec::new();
    for scaler in manifests.of_kind("ScaledObject") {
        let target = text(&scaler["spec"]["scaleTargetRef"]["name"]);
        if manifests.named("Deployment", target).is_none() {
            found.push(format!("{} scales nothing", name(scaler)));
        }
        for trigger in items(&scaler["spec"]["triggers"]) {
            let queue = text(&trigger["metadata"]["queueName"]);
            if !topology.queues.contains_key(queue) {
                found.push(format!("{}: there is no queue {queue}", name(scaler)));
            }
            if !queue.starts_with(&format!("{target}.")) {
                found.push(format!("{}: {queue} is not its own", name(scaler)));
            }
            let authentication = text(&trigger["authenticationRef"]["name"]);
            if manifests
                .named("TriggerAuthentication", authentication)
                .is_none()
            {
                found.push(format!("{}: there is no {authentication}", name(scaler)));
            }
        }
    }
    found
}

/// Every service has a login of its own, which the cluster makes as a member of the service's role and no other.
pub fn logins(manifests: &Manifests) -> Vec<String> {
    let cluster = manifests
        .of_kind("Cluster")
        .next()
        .expect("a PostgreSQL cluster");
    let roles = items(&cluster["spec"]["managed"]["roles"]);
    let host = format!("{}-rw", name(cluster));
    let mut found = Vec::new();
    for program in &PROGRAMS {
        let Ok(environment) = program.environment(manifests) else {
            continue;
        };
        let url = Url::parse(&environment["DATABASE_URL"]).expect("DATABASE_URL is a URL");
        if url.host_str() != Some(host.as_str()) {
            found.push(format!("{}: the database is at {host}", program.name()));
        }
        let login = roles.iter().find(|role| role["name"] == url.username());
        let is_own = login.is_some_and(|login| {
            login["login"] == true
                && login["inRoles"] == serde_json::json!([program.role.role_name()])
        });
        if !is_own {
            found.push(format!(
                "{}: {} is no login of {}",
                program.name(),
                url.username(),
                program.role.role_name()
            ));
        }
    }
    found
}

/// All replicas of all services at their most leave the database some connections.
pub fn connections(manifests: &Manifests) -> Vec<String> {
    let cluster = manifests
        .of_kind("Cluster")
        .next()
        .expect("a PostgreSQL cluster");
    let most = text(&cluster["spec"]["postgresql"]["parameters"]["max_connections"])
        .parse()
        .unwrap_or(0);
    // For superusers, replication, the operator's own and people's.
    let spare = 20;
    let held: u64 = PROGRAMS
        .iter()
        .filter_map(|program| {
            Some(
                replicas(manifests, program.name())
                    * u64::from(program.told(manifests).ok()?.connections),
            )
        })
        .sum();
    if held + spare > most {
        vec![format!(
            "services may hold {held} connections, and max_connections is {most}"
        )]
    } else {
        Vec::new()
    }
}

/// The most replicas that a scaler makes of a service, and one more while a version is rolled out.
fn replicas(manifests: &Manifests, service: &str) -> u64 {
    let scalers = [
        ("ScaledObject", "maxReplicaCount"),
        ("HorizontalPodAutoscaler", "maxReplicas"),
    ];
    let most = scalers
        .iter()
        .find_map(|(kind, field)| manifests.named(kind, service)?["spec"][*field].as_u64());
    most.unwrap_or_else(|| panic!("{service} has a scaler")) + 1
}

/// The services of the compose file read their settings and are asked at the port of their probes.
pub fn compose(compose: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for program in &PROGRAMS {
        let service = &compose["services"][program.name()];
        let variables = service["environment"].as_object().expect("an environment");
        let environment = variables
            .iter()
            .map(|(key, value)| (key.clone(), text(value).to_owned()))
            .collect();
        match program.settings(&environment) {
            Ok(told) if told.ports == program.ports => {}
            Ok(_) => found.push(format!("{}: it listens elsewhere", program.name())),
            Err(error) => found.push(error),
        }
        let (_, probes) = program.ports.last().expect("its probes");
        let asked = format!("http://127.0.0.1:{probes}/readyz");
        if !items(&service["healthcheck"]["test"])
            .iter()
            .any(|word| *word == asked)
        {
            found.push(format!("{}: it is not asked at {asked}", program.name()));
        }
    }
    found
}
