use std::fs;

use serde_json::json;
use testkit::Database;

use crate::{business, on};

const FILE: &str = "שם,טלפון,עיר\n\
    דנה כהן,052-1234567,חולון\n\
    גיל,0541112223,\n\
    רע,12,\n\
    דנה שוב,+972521234567,\n\
    =1+1,0541112224,\n";

#[tokio::test]
async fn an_import_keeps_the_good_rows_and_tells_the_bad_ones() {
    let database = Database::create().await;
    let business = business(&database);
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("spring.csv");
    let rejects = directory.path().join("rejects.csv");
    let (bytes, _, _) = encoding_rs::WINDOWS_1255.encode(FILE);
    fs::write(&path, bytes).expect("written");
    let (path, rejects) = (
        path.to_str().expect("text"),
        rejects.to_str().expect("text"),
    );
    let import = |more: &[&str]| {
        let mut arguments = vec![
            "leads",
            "import",
            path,
            "--business",
            &business,
            "--rejects",
            rejects,
            "--json",
        ];
        arguments.extend(more);
        on(&database, &arguments).json()
    };

    let dry = import(&["--dry-run"]);
    assert_eq!(
        (&dry["imported"], &dry["list_id"]),
        (&json!(3), &json!(null))
    );
    assert_eq!(
        database
            .sql("SELECT id FROM leads UNION ALL SELECT id FROM outbound_lead_lists")
            .await,
        [] as [serde_json::Value; 0]
    );

    let real = import(&[]);
    assert_eq!(
        (&real["imported"], &real["list"]),
        (&json!(3), &json!("spring"))
    );
    let codes: Vec<_> = real["rejected"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (&row["row"], &row["code"]))
        .collect();
    assert_eq!(
        codes,
        [
            (&json!(4), &json!("phone_not_a_number")),
            (&json!(5), &json!("duplicate_in_file"))
        ]
    );
    let written = fs::read_to_string(rejects).expect("a rejects file");
    assert_eq!(
        written,
        "שם,טלפון,עיר,row,reason\nרע,12,,4,this is not a phone number\nדנה שוב,+972521234567,,5,row 2 has the same number\n"
    );

    let again = import(&[]);
    assert_eq!(again["imported"], 0);
    assert_eq!(
        again["rejected"].as_array().map(Vec::len),
        Some(5),
        "everyone is a lead already, or bad"
    );

    let export = on(&database, &["leads", "export", "--business", &business]);
    let names: Vec<_> = export
        .stdout
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap_or_default())
        .collect();
    assert_eq!(names, ["'=1+1", "גיל", "דנה"]);
    let none = on(
        &database,
        &[
            "leads",
            "export",
            "--business",
            &business,
            "--status",
            "won",
        ],
    );
    assert_eq!(none.stdout.lines().count(), 1);
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
