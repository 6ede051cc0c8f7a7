//! The broker that a measurement uses: a virtual host of its own where the management API is known, so that nothing of an
//! earlier run is in the way and nothing is left over.

use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use rand::Rng as _;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use url::Url;

use super::super::cpu;

/// Longest wait for an answer of the management API.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which broker.
#[derive(Debug, Clone, Args)]
pub(in super::super) struct BrokerOptions {
    /// The broker, where the measurement needs one
    #[arg(long, env = "AMQP_URL", hide_env_values = true, value_name = "URL")]
    amqp_url: Option<String>,
    /// The broker's management API, with user and password: for a virtual host of the measurement's own
    #[arg(
        long,
        env = "AMQP_MANAGEMENT_URL",
        hide_env_values = true,
        value_name = "URL"
    )]
    amqp_management_url: Option<String>,
}

impl BrokerOptions {
    /// # Errors
    /// When none is named; asked before what takes long.
    pub(in super::super) fn demand(&self) -> anyhow::Result<&str> {
        self.amqp_url
            .as_deref()
            .context("AMQP_URL is not set; this measurement needs a broker")
    }

    /// # Errors
    /// When none is named or it cannot be used.
    pub(in super::super) async fn open(&self) -> anyhow::Result<Broker> {
        Broker::open(self.demand()?, self.amqp_management_url.as_deref()).await
    }
}

/// Where events go through.
pub(in super::super) struct Broker {
    amqp: Url,
    own: Option<Own>,
}

/// A virtual host that was made for the measurement.
struct Own {
    management: Management,
    name: String,
    /// The broker's process, when it runs on this machine.
    process: Option<u32>,
}

impl Broker {
    /// # Errors
    /// When an address is none, or the management API refuses.
    async fn open(amqp: &str, management: Option<&str>) -> anyhow::Result<Self> {
        let mut amqp = Url::parse(amqp).context("AMQP_URL")?;
        let Some(management) = management else {
            return Ok(Self { amqp, own: None });
        };
        let management = Management::new(management)?;
        let name = format!(
            "callboard-bench-{}-{:08x}",
            std::process::id(),
            rand::rng().random::<u32>()
        );
        let vhost = format!("vhosts/{name}");
        management
            .call(Method::PUT, &vhost, Some(json!({})))
            .await?;
        let own = Own {
            process: management.process().await,
            management,
            name: name.clone(),
        };
        let all = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        let permissions = format!("permissions/{name}/{}", amqp.username());
        let granted = own
            .management
            .call(Method::PUT, &permissions, Some(all))
            .await;
        amqp.set_path(&name);
        let broker = Self {
            amqp,
            own: Some(own),
        };
        if let Err(error) = granted {
            broker.close().await;
            return Err(error);
        }
        Ok(broker)
    }

    /// What a service gets as `AMQP_URL`.
    pub(in super::super) fn url(&self) -> &str {
        self.amqp.as_str()
    }

    /// CPU seconds so far: of its process, or of every Erlang of this machine where that is not known.
    pub(super) fn cpu(&self) -> f64 {
        self.own
            .as_ref()
            .and_then(|own| own.process)
            .and_then(cpu::of_process)
            .unwrap_or_else(|| cpu::of_name("beam.smp"))
    }

    /// Takes the virtual host away again.
    pub(in super::super) async fn close(self) {
        let Some(own) = self.own else { return };
        let vhost = format!("vhosts/{}", own.name);
        if let Err(error) = own.management.call(Method::DELETE, &vhost, None).await {
            crate::output::note(format_args!(
                "the virtual host {} is left over: {error:#}",
                own.name
            ));
        }
    }
}

/// RabbitMQ's HTTP API.
struct Management {
    client: Client,
    base: Url,
}

impl Management {
    fn new(base: &str) -> anyhow::Result<Self> {
        Ok(Self {
            client: chassis::http::client(PATIENCE)?,
            base: Url::parse(base).context("AMQP_MANAGEMENT_URL")?,
        })
    }

    /// The process of the one node there is.
    async fn process(&self) -> Option<u32> {
        let nodes = self.call(Method::GET, "nodes", None).await.ok()?;
        match nodes.as_array()?.as_slice() {
            [node] => node["os_pid"].as_str()?.parse().ok(),
            _ => None,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        // The user and the password in the address become the request's authorization.
        let mut url = self.base.clone();
        url.set_path(&format!("api/{path}"));
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request
            .send()
            .await
            .context("the broker's management API cannot be reached")?;
        let status = answer.status();
        if !status.is_success() {
            bail!("the broker's management API answered {status} to {path}");
        }
        Ok(answer.json().await.unwrap_or(Value::Null))
    }
}
