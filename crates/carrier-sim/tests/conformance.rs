//! The official Python client and its signature validator against the simulator.

mod world;

use std::path::{Path, PathBuf};

use carrier_sim::SimConfig;
use world::{TOKEN, World, lead};

/// A virtual environment with `conformance/requirements.txt`: `CALLBOARD_PYTHON`, or `.local/venv` of the workspace.
fn python() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[expect(clippy::disallowed_methods, reason = "a test has no settings")]
    let chosen = std::env::var_os("CALLBOARD_PYTHON");
    let python = chosen.map_or_else(|| workspace.join(".local/venv/bin/python"), PathBuf::from);
    assert!(
        python.exists(),
        "{} does not exist. Create it with `python3 -m venv .local/venv` and \
         `.local/venv/bin/pip install -r crates/carrier-sim/tests/conformance/requirements.txt`, \
         or set CALLBOARD_PYTHON to a Python that has these packages",
        python.display()
    );
    python
}

#[tokio::test]
async fn the_official_python_client_works_unchanged() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/check.py");
    let world = World::with(SimConfig {
        time_scale: 20.0,
        // Long enough that the client ends the call, not the clock.
        scripts: vec![lead(|script| script.talk_seconds = 600.0)],
        ..SimConfig::default()
    })
    .await;
    let output = tokio::process::Command::new(python())
        .arg(script)
        .args([world.sim.base_url(), world.sim.account_sid(), TOKEN])
        .output()
        .await
        .expect("Python starts");
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    world.sim.stop().await;
}
