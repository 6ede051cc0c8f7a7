//! Services as processes: what only a whole process has, such as its log and its metrics.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use testkit::eventually;

/// Longest wait for a process to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service in a process of its own; it does not outlive its test.
pub struct Process {
    /// The name of the service.
    pub name: &'static str,
    child: std::sync::Mutex<Child>,
    probes: String,
    log: PathBuf,
    http: reqwest::Client,
}

impl Process {
    /// Starts the program that stands beside the tests; its output goes to files in `beside`.
    pub(super) fn start(
        name: &'static str,
        mut environment: BTreeMap<String, String>,
        beside: &Path,
    ) -> Self {
        let probes = free_address();
        environment.insert("CALLBOARD__PROBES__BIND".to_owned(), probes.clone());
        let tests = std::env::current_exe().expect("this program has a place");
        let programs = tests.ancestors().nth(2).expect("target/<profile>/deps");
        let log = beside.join(format!("{name}.log"));
        let output = File::create(&log).expect("a file for the log");
        let errors = output.try_clone().expect("the same file");
        let child = Command::new(programs.join(name))
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} is not built: {error}"));
        Self {
            name,
            child: child.into(),
            probes: format!("http://{probes}"),
            log,
            http: chassis::http::client(Duration::from_secs(10)).expect("a client"),
        }
    }

    pub(super) async fn until_ready(&self) {
        eventually(PATIENCE, || async {
            let ended = self.child().try_wait().expect("a child of ours");
            assert_eq!(ended, None, "{} has ended: {}", self.name, self.log());
            let asked = self.http.get(format!("{}/readyz", self.probes));
            let answer = asked.send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// What `/metrics` says.
    pub async fn metrics(&self) -> String {
        let asked = self.http.get(format!("{}/metrics", self.probes));
        let answer = asked.send().await.expect("the probes answer");
        answer.text().await.expect("a text")
    }

    /// Everything that it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    /// Asks it to end, and waits until it has.
    pub(super) async fn stop(&self) {
        let id = self.child().id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        assert!(asked.expect("kill is there").success());
        let status = eventually(PATIENCE, || async {
            self.child().try_wait().expect("a child of ours")
        })
        .await;
        assert!(status.success(), "{}: {status}: {}", self.name, self.log());
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child.lock().expect("nobody panicked with it")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = self.child();
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// An address that was free just now.
pub(super) fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").to_string()
}
