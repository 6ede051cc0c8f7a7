//! How much memory an hour of a call takes, from the carrier to the transcript: the most that was allocated at once in this
//! process, the servers of the test included, which hold nothing.

mod servers;

use std::collections::BTreeMap;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use domain::call::{CallStatus, Direction};
use domain::events::{CallCompleted, EXCHANGE, Envelope, EventData, RecordingReady, routing_key};
use domain::messages::Language;
use peak_alloc::PeakAlloc;
use storage::ServiceRole;
use testkit::{Business, Database, Vhost, eventually};

use servers::{HOUR_BYTES, PIECES, Servers};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const PATIENCE: Duration = Duration::from_secs(300);

const LIMIT_BYTES: usize = 64 * 1024 * 1024;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_hour_in_stereo_stays_below_64_mib() {
    let (db, vhost) = (Database::create().await, Vhost::create().await);
    let business = testkit::business(&db.db(ServiceRole::Operator))
        .language(Language::English)
        .with_leads(1)
        .await;
    let servers = Servers::start();
    let media = tempfile::tempdir().expect("a directory");
    let (clock, lifecycle) = (Clock::system(), Lifecycle::new());
    let settings = settings(&db, &vhost, &servers, media.path());
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let app = recording_processor::build(settings, clock.clone(), &lifecycle)
        .await
        .expect("the processor starts");
    let client = chassis::http::client(PATIENCE).expect("a client");
    eventually(PATIENCE, async || {
        let url = format!("http://{}/readyz", app.probes);
        let answer = client.get(url).send().await.ok()?;
        answer.status().is_success().then_some(())
    })
    .await;
    write_call(&db, &business).await;
    let (ready, over) = (recording(&business, &servers), ended(&business, &clock));
    deliver(&vhost, &clock, &ready).await;
    deliver(&vhost, &clock, &over).await;
    let said = eventually(PATIENCE, || async {
        let sql = "SELECT final_transcript FROM call_log WHERE summary IS NOT NULL";
        db.sql(sql).await.into_iter().next()
    })
    .await;
    let peak = MEMORY.peak_usage() - before;
    lifecycle.drain(PATIENCE).await.expect("drains");

    let lines = said["final_transcript"]
        .as_str()
        .expect("a text")
        .lines()
        .count();
    assert_eq!(
        lines,
        2 * PIECES,
        "an hour of two channels in pieces of five minutes"
    );
    println!(
        "{} MB of audio, {} requests: at most {:.1} MiB at once",
        HOUR_BYTES / 1_000_000,
        servers.heard(),
        peak as f64 / 1024.0 / 1024.0
    );
    assert!(peak < LIMIT_BYTES, "{peak} bytes");
}

fn settings(
    db: &Database,
    vhost: &Vhost,
    servers: &Servers,
    media: &std::path::Path,
) -> recording_processor::Settings {
    let environment: BTreeMap<String, String> = [
        ("DATABASE_URL", db.url()),
        ("AMQP_URL", vhost.amqp_url()),
        ("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
        ("TWILIO_AUTH_TOKEN", "token"),
        ("TWILIO_API_BASE", &servers.url),
        ("STT_BASE_URL", &servers.url),
        ("MEDIA_URL", &format!("file://{}", media.display())),
        ("CALLBOARD__PROBES__BIND", "127.0.0.1:0"),
        ("CALLBOARD__DATABASE__POOL_SIZE", "3"),
        ("CALLBOARD__WORK__TICK_SECONDS", "0.1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    chassis::settings::load_from(recording_processor::DEFAULTS, &environment)
        .expect("the settings work")
}

async fn write_call(db: &Database, business: &Business) {
    let (id, lead, phone) = (business.id, business.leads[0], &business.phones[0]);
    db.execute(&format!(
        "INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction, status,
                               dial_state, line, ended_at, duration)
         VALUES ({id}, gen_random_uuid(), {lead}, 'CA1', '+97235000001', '{phone}', 'outbound', 'completed', 'accepted',
                 1, now(), 3600)"
    ))
    .await;
}

fn recording(business: &Business, servers: &Servers) -> RecordingReady {
    RecordingReady {
        business_id: business.id,
        call_sid: "CA1".to_owned(),
        recording_sid: "RE1".to_owned(),
        url: format!("{}/RE1.wav", servers.url),
        duration_seconds: 3600,
    }
}

fn ended(business: &Business, clock: &Clock) -> CallCompleted {
    CallCompleted {
        business_id: business.id,
        call_sid: "CA1".to_owned(),
        lead_id: business.leads[0],
        run_id: None,
        job_id: None,
        direction: Direction::Outbound,
        status: CallStatus::Completed,
        duration_seconds: 3600,
        answered_by: None,
        recording: None,
        ended_at: clock.now(),
    }
}

async fn deliver<T: EventData + Clone>(vhost: &Vhost, clock: &Clock, data: &T) {
    let event = Envelope::new("test", clock.now(), data.clone());
    let key = routing_key(T::TYPE, data.business_id());
    let body = serde_json::to_string(&event).expect("serialises");
    let arrived = vhost.publish(EXCHANGE, &key, &body).await;
    assert!(arrived, "it reaches a queue");
}
