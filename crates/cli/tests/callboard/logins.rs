//! Logins as operators make them: with names of their own, each a member of the one role that it needs.

use std::process;

use storage::testing::Owner;
use testkit::Database;
use url::Url;

use crate::{Ran, command};

/// A login of the test's own, gone with it; logins belong to the whole server.
struct Login {
    name: String,
    owner: String,
    url: Url,
}

impl Login {
    fn create(database: &Database, name: &str, role: &str) -> Self {
        let name = format!("{name}_{}", process::id());
        let owner = database.url().to_owned();
        let create = format!("CREATE USER {name} PASSWORD 'of a test' IN ROLE {role}");
        Owner::connect(&owner)
            .and_then(|mut owner| owner.execute(&create))
            .expect("a login");
        let mut url = Url::parse(&owner).expect("a URL");
        url.set_username(&name).expect("a name");
        url.set_password(Some("of a test")).expect("a password");
        Self { name, owner, url }
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        command(arguments)
            .env("DATABASE_URL", self.url.as_str())
            .output()
            .expect("it starts")
            .into()
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        let drop = format!("DROP ROLE {}", self.name);
        let _ = Owner::connect(&self.owner).and_then(|mut owner| owner.execute(&drop));
    }
}

#[tokio::test]
async fn an_operators_login_may_look_at_everything_that_verify_looks_at() {
    let database = Database::create().await;
    let operator = Login::create(&database, "shift_leader", "callboard_operator");
    let check = operator.run(&["migrate", "--check"]);
    assert_eq!(
        (check.status, check.stdout.as_str(), check.stderr.as_str()),
        (0, "all migrations are applied\n", "")
    );
    let verify = operator.run(&["verify"]);
    assert_eq!(
        (verify.status, verify.stderr.as_str()),
        (0, ""),
        "{}",
        verify.stdout
    );
    assert!(
        verify
            .stdout
            .contains("PASS          all migrations are applied"),
        "{}",
        verify.stdout
    );
}

#[tokio::test]
async fn a_migration_that_is_pending_is_seen_by_an_operators_login() {
    let database = Database::create().await;
    let operator = Login::create(&database, "night_shift", "callboard_operator");
    database
        .execute(
            "DELETE FROM __diesel_schema_migrations
             WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)",
        )
        .await;
    let check = operator.run(&["migrate", "--check"]);
    assert_eq!((check.status, check.stdout.lines().count()), (1, 1));
    assert!(check.stdout.starts_with("pending  2"), "{}", check.stdout);
    let migrate = operator.run(&["migrate"]);
    assert_eq!(migrate.status, 1);
    assert!(
        migrate.complaint().contains("the owner"),
        "{}",
        migrate.stderr
    );
}

#[tokio::test]
async fn a_login_may_have_any_name() {
    let database = Database::create().await;
    // Each has the pens of its role by way of its membership, and its name begins as the roles' names do.
    let operator = Login::create(&database, "callboard_ops", "callboard_operator");
    let _engine = Login::create(&database, "callboard_engine", "callboard_status_engine");
    let _dialer = Login::create(&database, "callboard_d", "callboard_dialer");
    let verify = operator.run(&["verify"]);
    assert_eq!(verify.status, 0, "{}", verify.stdout);
    assert!(
        verify.stdout.contains("PASS          each pen")
            && verify.stdout.contains("past row security [5 roles]"),
        "{}",
        verify.stdout
    );
}

#[tokio::test]
async fn a_login_that_is_no_operators_is_told_so() {
    let database = Database::create().await;
    let service = Login::create(&database, "only_dials", "callboard_dialer");
    for line in [&["verify"][..], &["migrate", "--check"]] {
        let ran = service.run(line);
        assert_eq!(ran.status, 1, "{}", ran.stdout);
        assert!(
            ran.complaint().contains("member of callboard_operator"),
            "{}",
            ran.stderr
        );
    }
}
