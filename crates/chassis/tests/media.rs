//! Where files are kept is one address; one that cannot work is one clear line.

use std::collections::BTreeMap;

use chassis::media::open_from;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use rstest::rstest;
use tempfile::TempDir;
use url::Url;

fn refused(url: &str, environment: &[(&str, &str)]) -> String {
    let environment: BTreeMap<String, String> = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let error = open_from(&url.parse().expect("a URL"), &environment).expect_err("it cannot work");
    format!("{error:#}")
}

#[tokio::test]
async fn a_directory_is_made_and_keeps_what_is_put_there() {
    let parent = TempDir::new().expect("a directory");
    let url = Url::from_directory_path(parent.path().join("media")).expect("a URL");
    let store = open_from(&url, &BTreeMap::new()).expect("opens");
    let path = Path::from("a/b.wav");
    store.put(&path, "audio".into()).await.expect("kept");
    let kept = std::fs::read(parent.path().join("media/a/b.wav")).expect("there");
    assert_eq!(kept, b"audio");
}

#[rstest]
#[case::another_kind("ftp://host/x", "MEDIA_URL starts with ftp://")]
#[case::another_machine("file://host/x", "MEDIA_URL must name a local directory")]
#[case::beneath_a_file("file:///dev/null/media", "/dev/null/media cannot be made")]
#[case::no_bucket("s3:///x", "MEDIA_URL must name a bucket")]
#[case::a_server("s3://host:9000/bucket", "the server is set by AWS_ENDPOINT_URL")]
#[case::a_query("s3://bucket/x?region=y", "MEDIA_URL must name a bucket")]
#[case::an_empty_part("s3://bucket/a//b", "MEDIA_URL: the prefix cannot be used")]
fn what_cannot_work_is_refused_with_what_to_write(#[case] url: &str, #[case] said: &str) {
    let error = refused(url, &[]);
    assert!(error.contains(said), "{error}");
}

#[test]
fn credentials_belong_into_the_environment_and_are_not_repeated() {
    let error = refused("s3://key:hunter2@bucket", &[]);
    assert!(error.contains("set AWS_ACCESS_KEY_ID"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn a_variable_that_cannot_be_read_is_named() {
    let error = refused("s3://bucket/prefix", &[("AWS_ALLOW_HTTP", "perhaps")]);
    assert!(error.contains("AWS_*"), "{error}");
    assert!(error.contains("perhaps"), "{error}");
}
