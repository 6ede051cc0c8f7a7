use std::fs;

use crate::run;

#[test]
fn the_documents_are_what_the_code_says() {
    let documents = concat!(env!("CARGO_MANIFEST_DIR"), "/../../proto-docs");
    let ran = run(&["docs", "--check", "--dir", documents]);
    assert_eq!(
        (ran.status, ran.stdout.as_str()),
        (0, ""),
        "run `callboard docs` and commit what it writes"
    );
}

#[test]
fn documents_are_written_once_and_those_of_gone_events_removed() {
    let directory = tempfile::tempdir().expect("a directory");
    let dir = directory.path().to_str().expect("text");
    let first = run(&["docs", "--dir", dir]);
    assert!(
        first
            .stdout
            .lines()
            .all(|line| line.starts_with("written  "))
            && first.stdout.lines().count() > 10
    );
    assert_eq!(run(&["docs", "--dir", dir]).stdout, "");
    let gone = directory.path().join("events/gone.schema.json");
    fs::write(&gone, "{}").expect("written");
    let check = run(&["docs", "--dir", dir, "--check"]);
    assert_eq!(check.status, 1);
    assert!(
        check.stdout.contains("gone.schema.json"),
        "{}",
        check.stdout
    );
    run(&["docs", "--dir", dir]);
    assert!(!gone.exists());
}
