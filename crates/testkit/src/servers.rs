//! Where the test servers are: `TEST_DATABASE_URL`, `TEST_AMQP_URL` and `TEST_AMQP_MANAGEMENT_URL` of the environment,
//! else what `.local/dev.env` of the checkout says.

use std::path::{Path, PathBuf};

use url::Url;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no settings; this is the one place that reads the environment of the tests"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The URL that `name` holds.
pub(crate) fn url(name: &str) -> Url {
    let text = variable(name)
        .or_else(|| from_file(name))
        .unwrap_or_else(|| {
            panic!("{name} is not set; start the test servers and run: . .local/dev.env")
        });
    Url::parse(&text).unwrap_or_else(|error| panic!("{name} is not a URL: {error}"))
}

/// `export NAME='value'` of the file that the scripts write.
fn from_file(name: &str) -> Option<String> {
    let text = std::fs::read_to_string(root().join(".local/dev.env")).ok()?;
    text.lines().find_map(|line| {
        let (key, value) = line
            .strip_prefix("export ")
            .unwrap_or(line)
            .split_once('=')?;
        (key.trim() == name).then(|| value.trim().trim_matches(['\'', '"']).to_owned())
    })
}

/// A name that no other test has: of this process, this moment and chance.
pub(crate) fn unique(prefix: &str) -> String {
    format!(
        "{prefix}_{}_{:08x}",
        std::process::id(),
        rand::random::<u32>()
    )
}

/// Whether the process that a [`unique`] name speaks of is gone.
pub(crate) fn is_orphan(name: &str, prefix: &str) -> bool {
    name.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(|rest| rest.split('_').next())
        .and_then(|pid| pid.parse::<u32>().ok())
        .is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists())
}
