use testkit::Database;

use crate::{business, on, run};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

const NOT_UNDERSTOOD: [&str; 20] = [
    "fly",
    "migrate --now",
    "business create --language he",
    "business create --name A --language fr",
    "business create --name A --language en --max-outbound 0",
    "user create --business 1 --email a@b.c --role king",
    "api-key create --name a",
    "leads import --business 1",
    "leads export --business one",
    "run start --business 1",
    "run start --business 1 --all --list 2",
    "run start --business 1 --all --concurrency 11",
    "run watch --business 1",
    "calls reprocess --business 1",
    "calls reprocess --business 1 --missing",
    "calls reprocess --call CA1 --missing --since 2026-11-26T00:00:00Z",
    "calls reprocess --call CA1 --from lunch",
    "verify --dialer localhost:9081",
    "docs --into x",
    "classify file",
];

#[test]
fn what_is_not_understood_is_one_line_and_status_2() {
    for line in NOT_UNDERSTOOD {
        let ran = run(&words(line));
        assert_eq!(ran.status, 2, "{line}: {}", ran.stderr);
        assert!(
            ran.complaint().len() > 20 && ran.stdout.is_empty(),
            "{line}: {}",
            ran.stderr
        );
    }
}

#[test]
fn what_is_no_id_is_told_what_one_looks_like() {
    for line in ["run watch --business x --run 1", "verify --business 1.5"] {
        let ran = run(&words(line));
        assert_eq!(ran.status, 2);
        assert!(
            ran.complaint()
                .contains("an id is a whole number, for example 17"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn help_and_version_are_results() {
    for line in ["--help", "--version", "run start --help"] {
        let ran = run(&words(line));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
        assert!(
            ran.stdout.contains("callboard") || ran.stdout.contains("run"),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn a_missing_or_wrong_database_is_one_line_that_says_what_to_do() {
    let create = words("api-key create --business 1 --name a");
    let missing = run(&create);
    assert_eq!(missing.status, 1);
    let advice = "DATABASE_URL is not set; set it to postgres://";
    assert!(missing.complaint().contains(advice), "{}", missing.stderr);
    for (url, expected) in [
        ("mysql://localhost/x", "not a PostgreSQL URL"),
        ("localhost", "not a PostgreSQL URL"),
        (
            "postgres://secret:hunter2@127.0.0.1:1/x",
            "check DATABASE_URL",
        ),
    ] {
        let ran = run(&[&["--database-url", url], create.as_slice()].concat());
        assert_eq!(ran.status, 1);
        assert!(ran.complaint().contains(expected), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

/// What is refused, and what the refusal names.
const REFUSED: [(&str, &str); 19] = [
    ("business create --name= --language en", "--name"),
    (
        "business create --name A --language en --time-zone Mars",
        "--time-zone",
    ),
    (
        "business create --name A --language en --country Israel",
        "--country",
    ),
    (
        "business create --name A --language en --caller-number 12",
        "--caller-number",
    ),
    (
        "business create --name A --language en --max-total 1",
        "--max-total",
    ),
    (
        "user create --business ID --email nobody --role agent",
        "--email",
    ),
    (
        "user create --business 99 --email a@b.c --role agent",
        "no business 99",
    ),
    (
        "user create --business ID --email a@b.c --role system_admin",
        "--above-businesses",
    ),
    (
        "user create --business ID --email a@b.c --role agent --password-stdin",
        "8 to 256",
    ),
    ("api-key create --business 99 --name a", "no business 99"),
    ("api-key create --business ID --name=", "--name"),
    ("leads import /nowhere.csv --business ID", "/nowhere.csv"),
    ("leads import - --business 99", "no business 99"),
    ("leads export --business 99", "no business 99"),
    ("run start --business ID --all", "no leads"),
    ("run start --business ID --list 99", "not of business"),
    ("run watch --business ID --run 99", "no run 99"),
    ("run cancel --business ID --run 99", "no run 99"),
    ("verify --business 99 --json", "no business 99"),
];

#[tokio::test]
async fn what_cannot_be_done_is_one_line_and_status_1() {
    let database = Database::create().await;
    let id = business(&database);
    for (line, expected) in REFUSED {
        let ran = on(&database, &words(&line.replace("ID", &id)));
        assert_eq!(ran.status, 1, "{line}: {}", ran.stdout);
        assert!(ran.complaint().contains(expected), "{line}: {}", ran.stderr);
    }
}

/// A pool that connects in the background while the process ends makes OpenSSL kill one of fifteen such processes.
#[tokio::test]
async fn a_refused_command_ends_by_itself_every_time() {
    let database = Database::create().await;
    for _ in 0..60 {
        let ran = on(
            &database,
            &words("business create --name A --language en --time-zone Mars"),
        );
        assert_eq!(ran.status, 1);
    }
}
