//! What people and networks send instead of a list of leads.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::imports::import;
use crate::support::{PATIENCE, World, read};

/// Requests of bytes that nobody meant.
const CASES: usize = 60;
/// The largest file.
const LARGEST: usize = 50 << 20;

fn wide() -> Vec<u8> {
    let names: Vec<String> = (0..200).map(|n| format!("column {n}")).collect();
    format!(
        "{},phone\n{}0521234567\n",
        names.join(","),
        "x,".repeat(200)
    )
    .into_bytes()
}

fn long_cell() -> Vec<u8> {
    format!(
        "phone,notes\n0521234567,{}\n0521234568,fine\n",
        "x".repeat(1 << 20)
    )
    .into_bytes()
}

#[rstest]
#[case::empty(b"".to_vec(), "file_is_empty")]
#[case::blank(b"\n , \n".to_vec(), "file_is_empty")]
#[case::no_phone(b"name,email\nDana,d@example.com\n".to_vec(), "no_phone_column")]
#[case::workbook(b"PK\x03\x04\x14\0\x06\0".to_vec(), "file_is_a_workbook")]
#[case::old_workbook(b"\xd0\xcf\x11\xe0\xa1\xb1".to_vec(), "file_is_a_workbook")]
#[case::page(b"<html><table><tr><td>phone".to_vec(), "file_is_a_workbook")]
#[case::picture(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "file_is_not_text")]
#[case::null_at_the_start(b"phone\n052\0".to_vec(), "file_is_not_text")]
#[case::endless_row([b"phone\n\"".to_vec(), vec![b'x'; 5 << 20]].concat(), "row_too_long")]
#[tokio::test]
async fn a_file_that_is_no_list_of_leads_is_one_clear_error(
    #[case] file: Vec<u8>,
    #[case] reason: &str,
) {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let (status, refused) = import(&api, "", file).await;
    assert_eq!(
        (status, &refused["code"]),
        (422, &json!("unreadable_file")),
        "{refused}"
    );
    assert_eq!(refused["reason"], reason);
    let detail = refused["detail"].as_str().expect("a sentence");
    if reason == "file_is_a_workbook" {
        assert!(detail.contains("save it as \"CSV UTF-8\""), "{detail}");
    }
    assert_eq!(world.count("lead_imports").await, 0);
}

#[rstest]
#[case::only_a_header(b"name,phone\n".to_vec(), 0, &[])]
#[case::two_hundred_columns(wide(), 1, &[])]
#[case::cell_of_a_megabyte(long_cell(), 1, &[(2, "too_long")])]
#[case::null_behind_the_start([b"phone\n".to_vec(), b"0521234567\n".repeat(7_000), b"052\x001234567\n".to_vec()].concat(), 1, &[(7_002, "broken_characters")])]
#[case::unclosed_quote(b"name,phone\nDana,0521234567\n\"Gal,0521234568\nTal,0521234569\n".to_vec(), 1, &[(3, "broken_quotes")])]
#[case::broken_bytes("שם,phone\nדנה,0521234567\n".bytes().chain(*b"\xff,0521234568\n").collect(), 1, &[(3, "broken_characters")])]
#[tokio::test]
async fn a_row_gone_wrong_costs_itself_and_no_other(
    #[case] file: Vec<u8>,
    #[case] created: u64,
    #[case] rejects: &[(u64, &str)],
) {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let (status, done) = import(&api, "", file).await;
    assert_eq!((status, &done["created"]), (200, &json!(created)), "{done}");
    let found = done["rejects"].as_array().into_iter().flatten();
    let found: Vec<(u64, &str)> = found
        .map(|it| {
            (
                it["row"].as_u64().expect("a row"),
                it["reason"].as_str().expect("a reason"),
            )
        })
        .filter(|(_, reason)| *reason != "duplicate_in_file")
        .collect();
    // Only the first thousand are listed.
    if done["rejected"].as_u64() <= Some(1_000) {
        assert_eq!(found, rejects);
    }
    assert_eq!(done["list_id"].is_null(), created == 0);
    if let Some(path) = done["rejects_url"].as_str() {
        let file = api
            .request(Method::GET, path)
            .send()
            .await
            .expect("an answer");
        let file = file.text().await.expect("text");
        let lines = file.lines().count();
        assert!(lines > rejects.len(), "{lines}");
    }
}

/// A request whose body the client does not finish.
async fn begin(world: &World, key: &str, head: &str, body: &[u8]) -> TcpStream {
    let address = world.address();
    let address = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let head = format!(
        "POST /api/leads/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: text/csv\r\n{head}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("is sent");
    stream.write_all(body).await.expect("is sent");
    stream
}

async fn answer(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    // The server may close on what it has not read.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut text))
        .await
        .expect("the server ends it");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_nothing_behind() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let key = &business.api_keys[0];
    let rows = b"phone\n0521234567\n";
    for (head, body) in [
        ("Content-Length: 1000", rows.to_vec()),
        (
            "Transfer-Encoding: chunked",
            [b"11\r\n".to_vec(), rows.to_vec(), b"\r\n".to_vec()].concat(),
        ),
    ] {
        let mut stream = begin(&world, key, head, &body).await;
        stream.shutdown().await.expect("is cut");
        let said = answer(stream).await;
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 400"),
            "{said}"
        );
        // One who hangs up does not even hear that.
        drop(begin(&world, key, head, &body).await);
    }
    let (status, done) = import(&api, "", "phone\n0521234568\n").await;
    assert_eq!((status, &done["created"]), (200, &json!(1)));
    assert_eq!(world.count("leads").await, 1);
    assert_eq!(world.count("lead_imports").await, 1);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let world = World::start().await;
    let business = world.business(0).await;
    let key = &business.api_keys[0];
    let head = format!("Content-Length: {}", LARGEST + 1);
    let said = answer(begin(&world, key, &head, b"phone\n").await).await;
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    assert!(said.contains("\"code\":\"body_too_large\""), "{said}");

    // Of a body that does not say its length it is seen when it is there; what comes behind is thrown away.
    let stream = begin(&world, key, "Transfer-Encoding: chunked", b"").await;
    let (mut reader, mut writer) = stream.into_split();
    let sending = async {
        let chunk = [&b"100000\r\n"[..], &vec![b'x'; 1 << 20], b"\r\n"].concat();
        for _ in 0..=LARGEST >> 20 {
            writer.write_all(&chunk).await.expect("is taken");
        }
    };
    let listening = async {
        let mut said = String::new();
        while !said.contains("\"code\":\"body_too_large\"") {
            let mut piece = [0; 1024];
            let length = reader.read(&mut piece).await.expect("an answer");
            assert!(length > 0, "{said}");
            said.push_str(&String::from_utf8_lossy(&piece[..length]));
        }
        said
    };
    let ((), said) = timeout(PATIENCE * 6, futures::future::join(sending, listening))
        .await
        .expect("an answer");
    assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    assert_eq!(world.count("lead_imports").await, 0);
}

#[tokio::test]
async fn a_form_is_told_what_to_send() {
    let world = World::start().await;
    let business = world.business(0).await;
    let api = world.api(&business);
    let request = api
        .request(Method::POST, "/api/leads/import")
        .header("Content-Type", "multipart/form-data; boundary=x");
    let (status, refused) = read(request.body("--x\r\n")).await;
    assert_eq!(
        (status, &refused["code"]),
        (415, &json!("unsupported_media_type"))
    );
}

/// Bytes that may be anything, and lists of leads in which some bytes are others.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let noise = prop::collection::vec(any::<u8>(), 0..400);
    let good = "(שם|name|a),(טלפון|phone|tags),(status|list|follow up)\n([a-z\"';,א-ת]{0,9},[0-9+E.-]{0,13},.{0,9}\n){0,9}";
    let list = prop::string::string_regex(good).expect("a pattern");
    let places = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    let damaged = (list, places).prop_map(|(list, places)| {
        let mut bytes = list.into_bytes();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        bytes
    });
    prop_oneof![1 => noise, 3 => damaged]
}

#[tokio::test]
async fn no_bytes_bring_it_down() {
    let world = World::start().await;
    let business = world.business(1).await;
    let api = world.api(&business);
    let mut runner = TestRunner::deterministic();
    let mapping = "(-|phone|full_name|tags|follow_up_at|owner|list|status)(,(phone|notes|-)){0,3}";
    let mapping = prop::string::string_regex(mapping).expect("a pattern");
    let mut read_as_lists = 0;
    for case in 0..CASES {
        let file = bytes().new_tree(&mut runner).expect("a value").current();
        let columns = mapping.new_tree(&mut runner).expect("a value").current();
        let query = if case % 3 == 0 {
            format!("?columns={columns}")
        } else {
            String::new()
        };
        let shown = format!("{query} {:?}", String::from_utf8_lossy(&file));
        let (status, done) = import(&api, &query, file).await;
        assert!(status < 500, "{shown}: {done}");
        if status == 200 {
            let number = |name: &str| done[name].as_u64().expect("a number");
            assert_eq!(
                number("rows"),
                number("created") + number("rejected"),
                "{shown}"
            );
            read_as_lists += 1;
            if let Value::String(path) = &done["rejects_url"] {
                let file = api
                    .request(Method::GET, path)
                    .send()
                    .await
                    .expect("an answer");
                assert_eq!(file.status(), 200, "{shown}");
            }
        }
    }
    assert!(read_as_lists > CASES / 4, "only {read_as_lists}");
}
