use std::fs;

use serde_json::{Value, json};
use testkit::Database;

use crate::{business, on};

const FILE: &str = "שם,טלפון,עיר\n\
    דנה כהן,052-1234567,חולון\n\
    גיל,0541112223,\n\
    רע,12,\n\
    דנה שוב,+972521234567,\n\
    =1+1,0541112224,\n";

/// Imports the file as Windows-1255, as Hebrew spreadsheets write it; answers the result and the rejects file.
fn import(database: &Database, business: &str, more: &[&str]) -> (Value, String) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("spring.csv");
    let (bytes, _, _) = encoding_rs::WINDOWS_1255.encode(FILE);
    fs::write(&path, bytes).expect("written");
    let path = path.to_str().expect("text");
    let arguments = ["leads", "import", path, "--business", business, "--json"];
    let answer = on(database, &[&arguments, more].concat()).json();
    let rejects = fs::read_to_string(format!("{path}.rejects.csv")).expect("a rejects file");
    (answer, rejects)
}

#[tokio::test]
async fn a_dry_run_judges_and_changes_nothing() {
    let database = Database::create().await;
    let business = business(&database);
    let (dry, _) = import(&database, &business, &["--dry-run"]);
    assert_eq!(
        (&dry["imported"], &dry["list_id"]),
        (&json!(3), &json!(null))
    );
    let written = "SELECT id FROM leads UNION ALL SELECT id FROM outbound_lead_lists";
    assert_eq!(database.sql(written).await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_import_keeps_the_good_rows_and_tells_the_bad_ones() {
    let database = Database::create().await;
    let business = business(&database);
    let (real, rejects) = import(&database, &business, &[]);
    assert_eq!(
        (&real["imported"], &real["list"]),
        (&json!(3), &json!("spring"))
    );
    assert_eq!(
        real["rejected"],
        json!([
            { "row": 4, "code": "phone_not_a_number", "reason": "this is not a phone number" },
            { "row": 5, "code": "duplicate_in_file", "reason": "row 2 has the same number" },
        ])
    );
    assert_eq!(
        rejects,
        "\u{feff}שם,טלפון,עיר,row,reason\r\nרע,12,,4,this is not a phone number\r\n\
         דנה שוב,'+972521234567,,5,row 2 has the same number\r\n"
    );

    let (again, rejects) = import(&database, &business, &[]);
    assert_eq!(again["imported"], 0);
    let already = "דנה כהן,052-1234567,חולון,2,lead 1 has this number already\r\n";
    assert!(rejects.contains(already), "{rejects}");
}

#[tokio::test]
async fn all_rows_are_imported_or_none_and_reasons_are_told_in_hebrew_too() {
    let database = Database::create().await;
    let business = business(&database);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("spring.csv");
    fs::write(&path, FILE).expect("written");
    let path = path.to_str().expect("text");
    let arguments = [
        "leads",
        "import",
        path,
        "--business",
        &business,
        "--language",
        "he",
    ];
    let ran = on(&database, &[&arguments[..], &["--all-or-nothing"]].concat());
    assert_eq!(ran.status, 1);
    assert!(
        ran.complaint().contains("nothing was imported"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stdout.starts_with("0 leads imported, 2 rows rejected"),
        "{}",
        ran.stdout
    );
    let rejects = fs::read_to_string(format!("{path}.rejects.csv")).expect("a rejects file");
    assert!(
        rejects.contains(",שורה,סיבה\r\n") && rejects.contains("זה אינו מספר טלפון"),
        "{rejects}"
    );
    let written = "SELECT id FROM leads UNION ALL SELECT id FROM outbound_lead_lists";
    assert_eq!(database.sql(written).await, Vec::<Value>::new());

    let ran = on(
        &database,
        &[&arguments[..], &["--columns", "-,phone,city"]].concat(),
    );
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.starts_with("3 leads imported into list "),
        "{}",
        ran.stdout
    );
    assert!(ran.stderr.contains("read as UTF-8 (validity), ") && ran.stderr.contains(" rows/s"));
}

#[tokio::test]
async fn an_export_is_imported_by_another_business_as_it_was() {
    let database = Database::create().await;
    let from = business(&database);
    let to = testkit::business(&database.db(storage::ServiceRole::Operator)).await;
    let to = to.id.to_string();
    import(&database, &from, &[]);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("leads.csv");
    let path = path.to_str().expect("text");
    let ran = on(
        &database,
        &["leads", "export", "--business", &from, "--out", path],
    );
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    let answer = on(
        &database,
        &["leads", "import", path, "--business", &to, "--json"],
    )
    .json();
    assert_eq!(
        (&answer["imported"], &answer["rejected"]),
        (&json!(3), &json!([]))
    );
    let known = |business: &str| {
        format!(
            "SELECT first_name, last_name, phone_e164, status, city, notes, tags, l.name AS list FROM leads
             JOIN outbound_lead_lists l ON l.id = outbound_list_id WHERE tenant_id = {business} ORDER BY phone_e164"
        )
    };
    assert_eq!(
        database.sql(&known(&from)).await,
        database.sql(&known(&to)).await
    );
}

#[tokio::test]
async fn an_export_is_safe_in_a_spreadsheet_and_can_be_narrowed() {
    let database = Database::create().await;
    let business = business(&database);
    import(&database, &business, &[]);
    let export = on(&database, &["leads", "export", "--business", &business]);
    let names: Vec<_> = export
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap_or_default())
        .collect();
    assert_eq!(names, ["'=1+1", "גיל", "דנה"]);
    let won = [
        "leads",
        "export",
        "--business",
        &business,
        "--status",
        "won",
    ];
    assert_eq!(on(&database, &won).stdout.lines().count(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_one_clear_line() {
    let database = Database::create().await;
    let business = business(&database);
    let directory = tempfile::tempdir().expect("a directory");
    for (bytes, expected) in [
        (b"PK\x03\x04".as_slice(), "save it as"),
        (b"", "empty"),
        (b"name,email\nDana,d@example.com\n", "phone"),
    ] {
        let path = directory.path().join("file.csv");
        fs::write(&path, bytes).expect("written");
        let ran = on(
            &database,
            &[
                "leads",
                "import",
                path.to_str().expect("text"),
                "--business",
                &business,
            ],
        );
        assert_eq!(ran.status, 1);
        assert!(ran.complaint().contains(expected), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_is_no_failure() {
    let database = Database::create().await;
    let business = testkit::business(&database.db(storage::ServiceRole::Operator))
        .with_leads(2_000)
        .await;
    let mut child = crate::command(&["leads", "export", "--business", &business.id.to_string()])
        .env("DATABASE_URL", database.url())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let ran: crate::Ran = child.wait_with_output().expect("it ends").into();
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
}
