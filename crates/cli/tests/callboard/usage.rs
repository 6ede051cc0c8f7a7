use testkit::Database;

use crate::{business, on, run};

#[test]
fn what_is_not_understood_is_one_line_and_status_2() {
    for arguments in [
        &["fly"][..],
        &["migrate", "--now"],
        &["business", "create", "--language", "he"],
        &["business", "create", "--name", "A", "--language", "fr"],
        &[
            "business",
            "create",
            "--name",
            "A",
            "--language",
            "en",
            "--max-outbound",
            "0",
        ],
        &[
            "user",
            "create",
            "--business",
            "1",
            "--email",
            "a@b.c",
            "--role",
            "king",
        ],
        &["api-key", "create", "--name", "a"],
        &["leads", "import", "--business", "1"],
        &["leads", "export", "--business", "one"],
        &["run", "start", "--business", "1"],
        &["run", "start", "--business", "1", "--all", "--list", "2"],
        &[
            "run",
            "start",
            "--business",
            "1",
            "--all",
            "--concurrency",
            "11",
        ],
        &["run", "watch", "--business", "1"],
        &["verify", "--dialer", "not a URL"],
        &["docs", "--into", "x"],
        &["classify", "file"],
    ] {
        let ran = run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(
            ran.complaint().len() > 20 && ran.stdout.is_empty(),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn help_and_version_are_results() {
    for arguments in [&["--help"][..], &["--version"], &["run", "start", "--help"]] {
        let ran = run(arguments);
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
    let create = ["api-key", "create", "--business", "1", "--name", "a"];
    let missing = run(&create);
    assert_eq!(missing.status, 1);
    assert!(
        missing
            .complaint()
            .contains("DATABASE_URL is not set; set it to postgres://"),
        "{}",
        missing.stderr
    );
    for (url, expected) in [
        ("mysql://localhost/x", "not a PostgreSQL URL"),
        ("localhost", "not a PostgreSQL URL"),
        (
            "postgres://secret:hunter2@127.0.0.1:1/x",
            "check DATABASE_URL",
        ),
    ] {
        let ran = run(&[&["--database-url", url], &create[..]].concat());
        assert_eq!(ran.status, 1);
        assert!(
            ran.complaint().contains(expected) && !ran.stderr.contains("hunter2"),
            "{}",
            ran.stderr
        );
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_one_line_and_status_1() {
    let database = Database::create().await;
    let id = business(&database);
    for (arguments, expected) in [
        (
            &["business", "create", "--name", " ", "--language", "en"][..],
            "--name",
        ),
        (
            &[
                "business",
                "create",
                "--name",
                "A",
                "--language",
                "en",
                "--time-zone",
                "Mars/Base",
            ],
            "--time-zone",
        ),
        (
            &[
                "business",
                "create",
                "--name",
                "A",
                "--language",
                "en",
                "--country",
                "Israel",
            ],
            "--country",
        ),
        (
            &[
                "business",
                "create",
                "--name",
                "A",
                "--language",
                "en",
                "--caller-number",
                "12",
            ],
            "--caller-number",
        ),
        (
            &[
                "business",
                "create",
                "--name",
                "A",
                "--language",
                "en",
                "--max-total",
                "1",
            ],
            "--max-total",
        ),
        (
            &[
                "user",
                "create",
                "--business",
                &id,
                "--email",
                "nobody",
                "--role",
                "agent",
            ],
            "--email",
        ),
        (
            &[
                "user",
                "create",
                "--business",
                "99",
                "--email",
                "a@b.c",
                "--role",
                "agent",
            ],
            "no business 99",
        ),
        (
            &[
                "user",
                "create",
                "--business",
                &id,
                "--email",
                "a@b.c",
                "--role",
                "system_admin",
            ],
            "--above-businesses",
        ),
        (
            &[
                "user",
                "create",
                "--business",
                &id,
                "--email",
                "a@b.c",
                "--role",
                "agent",
                "--password-stdin",
            ],
            "8 to 256",
        ),
        (
            &["api-key", "create", "--business", "99", "--name", "a"],
            "no business 99",
        ),
        (
            &["api-key", "create", "--business", &id, "--name", " "],
            "--name",
        ),
        (
            &["leads", "import", "/nowhere.csv", "--business", &id],
            "/nowhere.csv",
        ),
        (
            &["leads", "import", "-", "--business", "99"],
            "no business 99",
        ),
        (&["leads", "export", "--business", "99"], "no business 99"),
        (&["run", "start", "--business", &id, "--all"], "no leads"),
        (
            &["run", "start", "--business", &id, "--list", "99"],
            "not of business",
        ),
        (
            &["run", "watch", "--business", &id, "--run", "99"],
            "no run 99",
        ),
        (
            &["run", "cancel", "--business", &id, "--run", "99"],
            "no run 99",
        ),
        (&["verify", "--business", "99", "--json"], "no business 99"),
    ] {
        let ran = on(&database, arguments);
        assert_eq!(ran.status, 1, "{arguments:?}: {}", ran.stdout);
        assert!(
            ran.complaint().contains(expected),
            "{arguments:?}: {}",
            ran.stderr
        );
    }
}
