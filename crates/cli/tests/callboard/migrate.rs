use storage::migrations;
use testkit::Database;

use crate::{Ran, command, on};

#[tokio::test]
async fn migrating_twice_and_in_parallel_does_it_once() {
    let database = Database::create().await;
    migrations::revert_all(database.url()).expect("the way down");

    let check = on(&database, &["migrate", "--check"]);
    assert_eq!(check.status, 1);
    let pending = check.stdout.lines().count();
    assert!(
        check
            .stdout
            .lines()
            .all(|line| line.starts_with("pending  2")),
        "{}",
        check.stdout
    );

    let racers: Vec<_> = (0..3)
        .map(|_| {
            command(&["migrate"])
                .env("DATABASE_URL", database.url())
                .spawn()
                .expect("it starts")
        })
        .collect();
    let ran: Vec<Ran> = racers
        .into_iter()
        .map(|racer| racer.wait_with_output().expect("it ends").into())
        .collect();
    for ran in &ran {
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    }
    let applied = ran
        .iter()
        .flat_map(|ran| ran.stdout.lines())
        .filter(|line| line.starts_with("applied  "))
        .count();
    assert_eq!(applied, pending);

    let again = on(&database, &["migrate"]);
    assert_eq!(
        (again.status, again.stdout.as_str()),
        (0, "all migrations were applied already\n")
    );
    let check = on(&database, &["migrate", "--check"]);
    assert_eq!(
        (check.status, check.stdout.as_str()),
        (0, "all migrations are applied\n")
    );
}

#[tokio::test]
async fn a_database_without_the_schema_says_what_to_do() {
    let database = Database::create().await;
    migrations::revert_all(database.url()).expect("the way down");
    let ran = on(
        &database,
        &["business", "create", "--name", "A", "--language", "en"],
    );
    assert_eq!(ran.status, 1);
    assert!(
        ran.complaint().contains("callboard migrate"),
        "{}",
        ran.stderr
    );
    let verify = on(&database, &["verify"]);
    assert_eq!(verify.status, 1);
    assert!(
        verify
            .stdout
            .contains("FAIL          all migrations are applied"),
        "{}",
        verify.stdout
    );
}
