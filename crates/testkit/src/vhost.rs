use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};
use url::Url;

use crate::{eventually, servers};

const TEST: &str = "callboard-test";

/// Longest wait for the broker's management API.
const PATIENCE: Duration = Duration::from_secs(20);

/// A virtual host of one test's own on the broker, with a door for looking and for trouble. Deleted at the end.
pub struct Vhost {
    name: String,
    amqp: Url,
    management: Management,
}

impl Vhost {
    /// Creates it, empty.
    ///
    /// # Panics
    /// When there is no broker, or it refuses.
    pub async fn create() -> Self {
        let mut amqp = servers::url("TEST_AMQP_URL");
        let management = Management::new();
        management.sweep().await;
        let name = servers::unique(TEST);
        let user = amqp.username().to_owned();
        management
            .call(Method::PUT, &format!("vhosts/{name}"), None)
            .await;
        management
            .call(
                Method::PUT,
                &format!("permissions/{name}/{user}"),
                Some(json!({"configure": ".*", "write": ".*", "read": ".*"})),
            )
            .await;
        amqp.set_path(&name);
        Self {
            name,
            amqp,
            management,
        }
    }

    /// What a service gets as `AMQP_URL`.
    #[must_use]
    pub fn amqp_url(&self) -> &str {
        self.amqp.as_str()
    }

    /// Publishes `body` through an exchange, as anybody could. True when it reached a queue.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn publish(&self, exchange: &str, routing_key: &str, body: &str) -> bool {
        let exchange = if exchange.is_empty() {
            "amq.default"
        } else {
            exchange
        };
        let answer = self
            .management
            .call(
                Method::POST,
                &format!("exchanges/{}/{exchange}/publish", self.name),
                Some(json!({
                    "routing_key": routing_key,
                    "payload": body,
                    "payload_encoding": "string",
                    "properties": {"delivery_mode": 2, "content_type": "application/cloudevents+json"},
                })),
            )
            .await;
        answer["routed"] == true
    }

    /// Takes up to `most` messages out of `queue`; each is `{payload, properties: {headers, …}, …}`.
    ///
    /// # Panics
    /// When there is no such queue.
    pub async fn take(&self, queue: &str, most: u32) -> Vec<Value> {
        let answer = self
            .management
            .call(
                Method::POST,
                &format!("queues/{}/{queue}/get", self.name),
                Some(json!({"count": most, "ackmode": "ack_requeue_false", "encoding": "auto"})),
            )
            .await;
        answer.as_array().cloned().unwrap_or_default()
    }

    /// Deletes a queue, as an operator's mistake would.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn delete_queue(&self, queue: &str) {
        self.management
            .call(
                Method::DELETE,
                &format!("queues/{}/{queue}", self.name),
                None,
            )
            .await;
    }

    /// The names of its queues.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn queues(&self) -> Vec<String> {
        let answer = self
            .management
            .call(
                Method::GET,
                &format!("queues/{}?columns=name", self.name),
                None,
            )
            .await;
        let queues = answer.as_array().cloned().unwrap_or_default();
        queues
            .iter()
            .filter_map(|queue| queue["name"].as_str().map(ToOwned::to_owned))
            .collect()
    }

    /// The queues that hear of something, each with a routing pattern by which it does.
    ///
    /// # Panics
    /// When the broker refuses.
    pub async fn bindings(&self) -> Vec<(String, String)> {
        let path = format!("bindings/{}", self.name);
        let answer = self.management.call(Method::GET, &path, None).await;
        let bindings = answer.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        bindings
            .iter()
            .map(|binding| (text(&binding["destination"]), text(&binding["routing_key"])))
            .collect()
    }

    /// Closes every connection of this vhost, as a broker that goes down would; answers how many there were. Waits for
    /// the first: the broker lists a connection some seconds after it is made.
    ///
    /// # Panics
    /// When there is no connection, or the broker refuses.
    pub async fn close_connections(&self) -> usize {
        let path = format!("vhosts/{}/connections", self.name);
        let connections = eventually(PATIENCE, || async {
            let answer = self.management.call(Method::GET, &path, None).await;
            answer
                .as_array()
                .filter(|listed| !listed.is_empty())
                .cloned()
        })
        .await;
        for connection in &connections {
            let mut url = self.management.base.clone();
            if let (Ok(mut path), Some(name)) =
                (url.path_segments_mut(), connection["name"].as_str())
            {
                path.clear().extend(["api", "connections", name]);
            }
            // It may have gone in the meantime.
            let _ = self.management.send(Method::DELETE, url, None).await;
        }
        connections.len()
    }
}

impl Drop for Vhost {
    fn drop(&mut self) {
        let (management, name) = (self.management.clone(), self.name.clone());
        // A thread of its own: dropping may happen on a runtime. What fails here is swept by a later test.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            let url = management.url(&format!("vhosts/{name}"));
            runtime
                .block_on(management.send(Method::DELETE, url, None))
                .ok()
        });
        let _ = dropping.join();
    }
}

/// The broker's management API.
#[derive(Clone)]
struct Management {
    /// Without the credentials.
    base: Url,
    user: String,
    password: String,
}

impl Management {
    fn new() -> Self {
        let mut base = servers::url("TEST_AMQP_MANAGEMENT_URL");
        let user = base.username().to_owned();
        let password = base.password().unwrap_or_default().to_owned();
        let _ = base.set_username("");
        let _ = base.set_password(None);
        Self {
            base,
            user,
            password,
        }
    }

    fn url(&self, path: &str) -> Url {
        self.base
            .join(&format!("/api/{path}"))
            .unwrap_or_else(|error| panic!("{path} is not a path: {error}"))
    }

    /// One request; an empty answer is `null`.
    async fn send(&self, method: Method, url: Url, body: Option<Value>) -> anyhow::Result<Value> {
        // A client belongs to the runtime that it was first used on, and every test has its own.
        let client: Client = chassis::http::client(PATIENCE)?;
        let mut request = client
            .request(method, url)
            .basic_auth(&self.user, Some(&self.password));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await?.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&answer).unwrap_or_default())
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        self.send(method, self.url(path), body)
            .await
            .unwrap_or_else(|error| panic!("the broker's management API, {path}: {error:#}"))
    }

    /// Deletes a few vhosts of tests that were killed.
    async fn sweep(&self) {
        let vhosts = self.call(Method::GET, "vhosts?columns=name", None).await;
        let vhosts = vhosts.as_array().cloned().unwrap_or_default();
        let orphans = vhosts
            .iter()
            .filter_map(|vhost| vhost["name"].as_str())
            .filter(|name| servers::is_orphan(name, TEST))
            .take(3);
        for orphan in orphans {
            // Another test may have been quicker.
            let url = self.url(&format!("vhosts/{orphan}"));
            let _ = self.send(Method::DELETE, url, None).await;
        }
    }
}
