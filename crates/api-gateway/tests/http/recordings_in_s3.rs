//! The same door, with the recordings in S3. The gateway is a process: S3 is set by its environment.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStoreExt as _, WriteMultipart};
use reqwest::{Method, Response};
use testkit::{Business, eventually};

use crate::object_server::ObjectServer;
use crate::recordings::{add_stored, address, ended_call, header, object_key};
use crate::support::{CARRIER_TOKEN, PATIENCE, World};

const SID: &str = "CA00000000000000000000000000000001";
/// More than one part of an upload.
const SIZE: usize = 6 << 20;

/// A gateway process beside that of the world, on the same database; it does not outlive its test.
struct Process {
    child: Child,
    http: String,
    probes: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> String {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port");
    port.local_addr().expect("bound").to_string()
}

fn command(world: &World, media_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_api-gateway"));
    command
        .env_clear()
        .env("DATABASE_URL", world.database.url())
        .env("AMQP_URL", world.vhost.amqp_url())
        .env("TWILIO_AUTH_TOKEN", CARRIER_TOKEN)
        .env("MEDIA_URL", media_url)
        .env("CALLBOARD__PROBES__BIND", "127.0.0.1:0")
        .stdout(Stdio::null());
    command
}

async fn start(world: &World, s3: &ObjectServer) -> Process {
    let (http, probes) = (free_port(), free_port());
    let child = command(world, s3.url().as_str())
        .envs(s3.environment())
        .env("CALLBOARD__HTTP__BIND", &http)
        .env("CALLBOARD__PROBES__BIND", &probes)
        .stderr(Stdio::null())
        .spawn()
        .expect("the gateway starts");
    let process = Process {
        child,
        http,
        probes,
    };
    let ready = format!("http://{}/readyz", process.probes);
    eventually(PATIENCE, || async {
        let answer = world.http.get(&ready).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
    process
}

/// What the recording processor does with what it fetches.
async fn store(s3: &ObjectServer, key: &str, audio: &Bytes) {
    let store = chassis::media::open_from(&s3.url(), &s3.environment()).expect("opens");
    let upload = store.put_multipart(&Path::from(key)).await.expect("begins");
    let mut upload = WriteMultipart::new(upload);
    for chunk in audio.chunks(64 << 10) {
        upload.write(chunk);
    }
    upload.finish().await.expect("stored");
}

async fn listen(world: &World, process: &Process, business: &Business, range: &str) -> Response {
    let url = format!("http://{}{}", process.http, address(SID));
    let request = world
        .http
        .request(Method::GET, url)
        .bearer_auth(&business.api_keys[0]);
    let answer = request.header("Range", range).send().await;
    answer.expect("an answer")
}

#[tokio::test]
async fn a_recording_in_s3_is_listened_to_in_parts() {
    let world = World::start().await;
    let s3 = ObjectServer::start().await;
    let business = world.business(1).await;
    ended_call(&world, &business, SID).await;
    add_stored(&world, &business, SID, "RE1").await;
    let process = start(&world, &s3).await;

    let lost = listen(&world, &process, &business, "bytes=0-").await;
    assert_eq!(lost.status(), 404);

    let audio: Bytes = (0..SIZE).map(|n| (n / 3) as u8).collect();
    let key = object_key(&business, SID, "RE1");
    store(&s3, &key, &audio).await;
    assert!(s3.has(&key), "it is not beneath the prefix");
    for (range, status, content_range, part) in [
        ("bytes=100-199", 206, "bytes 100-199/6291456", 100..200),
        (
            "bytes=-10",
            206,
            "bytes 6291446-6291455/6291456",
            SIZE - 10..SIZE,
        ),
        ("bytes=0-1,5-6", 200, "", 0..SIZE),
        ("bytes=6291456-", 416, "bytes */6291456", 0..0),
    ] {
        let answer = listen(&world, &process, &business, range).await;
        assert_eq!(answer.status(), status, "{range}");
        assert_eq!(header(&answer, "content-range"), content_range, "{range}");
        if status < 400 {
            let body = answer.bytes().await.expect("a body");
            assert!(body == audio[part], "{range}");
        }
    }
}

#[tokio::test]
async fn where_nothing_can_be_kept_the_gateway_does_not_start() {
    let world = World::start().await;
    let output = command(&world, "ftp://host/recordings").output();
    let output = output.expect("the gateway runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(
            "MEDIA_URL starts with ftp://, where nothing can be kept; use file:///a/directory or s3://bucket/prefix"
        ),
        "{said}"
    );
}
