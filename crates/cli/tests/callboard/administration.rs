use serde_json::json;
use testkit::Database;

use crate::{business, command, on};

#[tokio::test]
async fn a_business_is_created_with_its_lines_and_its_board() {
    let database = Database::create().await;
    let arguments = [
        "business",
        "create",
        "--name",
        "Blue Plumbing",
        "--language",
        "en",
        "--country",
        "US",
        "--time-zone",
        "America/New_York",
        "--caller-number",
        "(415) 555-2671",
        "--max-outbound",
        "4",
        "--json",
    ];
    let answer = on(&database, &arguments).json();
    assert_eq!(answer["caller_number"], "+14155552671");
    let id = &answer["business_id"];
    let lines = database
        .sql(&format!("SELECT count(*) AS total, count(*) FILTER (WHERE serves_outbound) AS outbound FROM call_slots
             WHERE business_id = {id} AND is_open"))
        .await;
    assert_eq!(lines, [json!({ "total": 6, "outbound": 4 })]);
    let board = database
        .sql(&format!(
            "SELECT label FROM lead_statuses WHERE business_id = {id} AND name = 'no_answer'"
        ))
        .await;
    assert_eq!(board, [json!({ "label": "No answer" })]);

    let again = on(&database, &arguments);
    assert_eq!(again.status, 1);
    assert!(
        again.complaint().contains("--caller-number"),
        "{}",
        again.stderr
    );
}

#[tokio::test]
async fn a_business_may_be_written_to_at_a_number_of_its_own() {
    let database = Database::create().await;
    let create = |number: &'static str| {
        on(
            &database,
            &[
                "business",
                "create",
                "--name",
                "Blue Plumbing",
                "--language",
                "en",
                "--whatsapp-number",
                number,
                "--json",
            ],
        )
    };
    let answer = create("072-7654321").json();
    assert_eq!(answer["whatsapp_number"], "+972727654321");
    let again = create("+972727654321");
    assert_eq!(again.status, 1);
    let complaint = again.complaint();
    assert!(complaint.contains("WhatsApp"), "{complaint}");
    let complaint = create("12").complaint().to_owned();
    assert!(complaint.contains("--whatsapp-number"), "{complaint}");
}

#[tokio::test]
async fn a_user_gets_a_password_that_is_shown_once_and_stored_hashed() {
    let database = Database::create().await;
    let business = business(&database);
    let create = |email: &'static str, more: &'static [&'static str]| {
        let mut arguments = vec![
            "user",
            "create",
            "--business",
            &business,
            "--email",
            email,
            "--role",
            "owner",
            "--json",
        ];
        arguments.extend(more);
        on(&database, &arguments)
    };
    let answer = create("Dana@Example.com", &[]).json();
    assert_eq!(answer["email"], "dana@example.com");
    let password = answer["password"].as_str().expect("a password");
    assert!(password.len() >= 16, "{password}");
    let stored = database.sql("SELECT password_hash, role FROM users").await;
    let hash = stored[0]["password_hash"].as_str().expect("a hash");
    assert!(
        hash.starts_with("$argon2id$") && !hash.contains(password),
        "{hash}"
    );

    let taken = create("dana@example.com", &[]);
    assert!(taken.complaint().contains("already"), "{}", taken.stderr);

    let mut child = command(&[
        "user",
        "create",
        "--above-businesses",
        "--email",
        "root@example.com",
        "--role",
        "system_admin",
        "--json",
        "--password-stdin",
    ]);
    let mut child = child
        .env("DATABASE_URL", database.url())
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    std::io::Write::write_all(
        &mut child.stdin.take().expect("a pipe"),
        b"a long enough secret\n",
    )
    .expect("it reads");
    let ran: crate::Ran = child.wait_with_output().expect("it ends").into();
    assert_eq!(
        ran.json().get("password"),
        None,
        "a password that was given is not repeated"
    );
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_found_by_its_prefix() {
    let database = Database::create().await;
    let business = business(&database);
    let answer = on(
        &database,
        &[
            "api-key",
            "create",
            "--business",
            &business,
            "--name",
            "demo",
            "--json",
        ],
    )
    .json();
    let (prefix, hash) =
        storage::api_keys::read(answer["key"].as_str().expect("a key")).expect("a well-formed key");
    let stored = database
        .sql("SELECT prefix, encode(key_hash, 'hex') AS hash FROM api_keys")
        .await;
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(stored, [json!({ "prefix": prefix, "hash": hash })]);
}
