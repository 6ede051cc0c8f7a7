//! Defaults, then the file, then the environment; and one clear line for whatever is wrong.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use chassis::settings::{BrokerSettings, DatabaseSettings, Environment, ProbeSettings, load_from};
use rstest::rstest;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    environment: Environment,
    public_host: Option<String>,
    database: DatabaseSettings,
    broker: BrokerSettings,
    probes: ProbeSettings,
    dialling: Dialling,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dialling {
    lease_seconds: u32,
    caller: String,
}

const DEFAULTS: &str = r#"
environment = "development"
[database]
pool_size = 8
[probes]
bind = "127.0.0.1:9081"
[dialling]
lease_seconds = 30
caller = "nobody"
"#;

fn environment(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    [
        ("DATABASE_URL", "postgres://u:hunter2@db/callboard"),
        ("AMQP_URL", "amqp://u:hunter2@mq/callboard"),
    ]
    .iter()
    .chain(more)
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect()
}

struct TomlFile(PathBuf);

impl TomlFile {
    fn holding(text: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "callboard-settings-{}-{}.toml",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        let mut file = std::fs::File::create(&path).expect("a temporary file");
        file.write_all(text.as_bytes()).expect("written");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for TomlFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn refusal(environment: &BTreeMap<String, String>) -> String {
    let error = load_from::<Settings>(DEFAULTS, environment).expect_err("is refused");
    let text = format!("{error:#}");
    assert!(!text.contains('\n'), "one line: {text}");
    assert!(!text.contains("hunter2"), "no secret: {text}");
    text
}

#[test]
fn defaults_then_file_then_environment() {
    let file = TomlFile::holding(
        "public_host = 'https://file.example'\n[dialling]\nlease_seconds = 40\ncaller = 'file'\n",
    );
    let settings: Settings = load_from(
        DEFAULTS,
        &environment(&[
            ("CALLBOARD_CONFIG", file.path()),
            ("CALLBOARD_ENV", "production"),
            ("CALLBOARD__DIALLING__CALLER", "0042"),
            ("CALLBOARD__PROBES__BIND", "0.0.0.0:1"),
        ]),
    )
    .expect("valid");
    assert_eq!(settings.environment, Environment::Production);
    assert_eq!(settings.database.pool_size, 8, "a default");
    assert_eq!(
        settings.dialling.lease_seconds, 40,
        "the file over a default"
    );
    assert_eq!(
        settings.dialling.caller, "0042",
        "the environment over the file, and text stays text"
    );
    assert_eq!(settings.probes.bind.to_string(), "0.0.0.0:1");
    assert_eq!(
        settings.public_host.as_deref(),
        Some("https://file.example")
    );
    assert_eq!(
        settings.database.url.expose_secret(),
        "postgres://u:hunter2@db/callboard"
    );
    assert_eq!(
        settings.broker.url.expose_secret(),
        "amqp://u:hunter2@mq/callboard"
    );
}

#[test]
fn secrets_do_not_print_themselves() {
    let settings: Settings = load_from(DEFAULTS, &environment(&[])).expect("valid");
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn a_well_known_name_that_this_service_has_no_field_for_is_passed_over() {
    let more = [
        ("STT_API_KEY", "k"),
        ("SESSION_SECRET", "s"),
        ("CALLBOARD__LOG__FILTER", "debug"),
    ];
    load_from::<Settings>(DEFAULTS, &environment(&more)).expect("valid");
}

#[test]
fn what_is_missing_is_named_with_what_to_set_it_to() {
    let mut environment = environment(&[]);
    environment.remove("DATABASE_URL");
    assert_eq!(
        refusal(&environment),
        "DATABASE_URL is not set; set it to a PostgreSQL URL such as postgres://user:password@host:5432/callboard"
    );
    environment.insert("DATABASE_URL".into(), String::new());
    assert!(
        refusal(&environment).starts_with("DATABASE_URL is not set"),
        "an empty variable is not set"
    );
    environment.remove("AMQP_URL");
    let both = refusal(&environment);
    assert!(both.contains("DATABASE_URL is not set"), "{both}");
    assert!(both.contains("AMQP_URL is not set"), "{both}");
}

#[rstest]
#[case(
    "CALLBOARD__DIALLING__LEASE_SECOND",
    "1",
    "known: dialling.lease_seconds, dialling.caller"
)]
#[case("CALLBOARD__DIALING__CALLER", "1", "known: environment, public_host")]
#[case("CALLBOARD__DIALLING__LEASE_SECONDS", "soon", "dialling.lease_seconds")]
#[case("CALLBOARD_ENV", "staging", "environment")]
fn a_variable_that_cannot_be_used_is_refused_by_name(
    #[case] variable: &str,
    #[case] value: &str,
    #[case] expected: &str,
) {
    let text = refusal(&environment(&[(variable, value)]));
    assert!(text.contains(expected), "{text}");
}

#[rstest]
#[case(
    "[dialling]\nleas = 1\n",
    "sets dialling.leas, which is not a setting here"
)]
#[case(
    "[database]\nurl = 'postgres://u:hunter2@db/x'\n",
    "sets database.url, which is a secret; set DATABASE_URL in the environment instead"
)]
#[case("[dialling\n", "is not valid TOML")]
fn a_file_that_cannot_be_used_is_refused(#[case] text: &str, #[case] expected: &str) {
    let file = TomlFile::holding(text);
    let error = load_from::<Settings>(DEFAULTS, &environment(&[("CALLBOARD_CONFIG", file.path())]))
        .expect_err("is refused");
    let text = format!("{error:#}");
    assert!(text.contains(expected), "{text}");
    assert!(text.contains(file.path()), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let text = refusal(&environment(&[(
        "CALLBOARD_CONFIG",
        "/nowhere/callboard.toml",
    )]));
    assert!(
        text.starts_with("CALLBOARD_CONFIG names /nowhere/callboard.toml, which cannot be read"),
        "{text}"
    );
}
