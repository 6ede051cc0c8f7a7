use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::{eventually, servers};

/// The server itself; Debian's wrapper in `/usr/sbin` changes to another user and loses the environment.
const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/// Longest wait for the server's process to say who it is.
const START: Duration = Duration::from_secs(60);

/// A RabbitMQ of one test's own, which the test may kill. It takes some seconds to start: most tests want a
/// [`crate::Vhost`]. Ended at the end.
pub struct OwnBroker {
    folder: PathBuf,
    port: u16,
    distribution_port: u16,
    /// The shell around the server; it ends by itself after the server.
    wrapper: Option<Child>,
}

impl OwnBroker {
    /// Starts it. It takes connections some seconds later.
    ///
    /// # Panics
    /// When RabbitMQ is not installed on this machine.
    pub async fn start() -> Self {
        assert!(
            Path::new(SERVER).exists(),
            "RabbitMQ is not installed here: apt-get install rabbitmq-server"
        );
        let folder = std::env::temp_dir().join(servers::unique("callboard-broker"));
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        std::fs::write(folder.join("plugins"), "[].").expect("the plugins' file");
        std::fs::write(
            folder.join("rabbitmq.conf"),
            "vm_memory_high_watermark.absolute = 256MB\ndisk_free_limit.absolute = 50MB\n\
             log.file = false\nlog.console = true\nlog.console.level = error\n",
        )
        .expect("the configuration");
        let mut broker = Self {
            folder,
            port: free_port(),
            distribution_port: free_port(),
            wrapper: None,
        };
        broker.start_again().await;
        broker
    }

    /// The root vhost, as its first user.
    #[must_use]
    pub fn amqp_url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Starts it again after [`OwnBroker::kill`], with all that it had on disk.
    ///
    /// # Panics
    /// When its process does not come up.
    pub async fn start_again(&mut self) {
        let at = |name: &str| self.folder.join(name);
        let log = std::fs::File::create(at("log")).expect("a log");
        let _ = std::fs::remove_file(at("pid"));
        let wrapper = Command::new(SERVER)
            .env("HOME", &self.folder)
            .env(
                "RABBITMQ_NODENAME",
                format!("callboard-{}@localhost", self.port),
            )
            .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
            .env("RABBITMQ_NODE_PORT", self.port.to_string())
            .env("RABBITMQ_DIST_PORT", self.distribution_port.to_string())
            .env("RABBITMQ_MNESIA_BASE", at("mnesia"))
            .env("RABBITMQ_LOG_BASE", at("logs"))
            .env("RABBITMQ_GENERATED_CONFIG_DIR", at("config"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("plugins"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
            )
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log"))
            .stderr(log)
            .process_group(0)
            .spawn()
            .expect("the server starts");
        self.wrapper = Some(wrapper);
        eventually(START, || async { self.pid() }).await;
    }

    /// Ends it as a power cut would: nothing is said to anybody.
    pub fn kill(&mut self) {
        if let Some(pid) = self.pid() {
            let _ = Command::new("kill").args(["-9", &pid]).status();
        }
        if let Some(mut wrapper) = self.wrapper.take() {
            let _ = wrapper.wait();
        }
    }

    /// The server's own process, which it writes down when it starts.
    fn pid(&self) -> Option<String> {
        let text = std::fs::read_to_string(self.folder.join("pid")).ok()?;
        let pid = text.trim();
        (!pid.is_empty()).then(|| pid.to_owned())
    }
}

impl Drop for OwnBroker {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}
