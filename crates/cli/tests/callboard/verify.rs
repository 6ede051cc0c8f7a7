use rstest::rstest;
use serde_json::Value;
use storage::ServiceRole;
use testkit::Database;

use crate::on;

/// A business with three leads, a running run of concurrency 1 and its first job, all in order.
const QUIET: &str = "
    INSERT INTO outbound_call_runs (business_id, status, concurrency, total_leads, queued_count, started_at)
    SELECT id, 'running', 1, 3, 3, now() - interval '1 hour' FROM business;
    INSERT INTO outbound_call_jobs (business_id, run_id, lead_id)
    SELECT r.business_id, r.id, l.id FROM outbound_call_runs r JOIN leads l ON l.tenant_id = r.business_id;
";

/// An ended call of the first run: to lead number $lead on line $line, from minute $from to minute $to of an hour ago.
fn call(lead: u8, line: u8, from: u8, to: u8) -> String {
    format!(
        "INSERT INTO call_log (business_id, attempt_id, lead_id, run_id, job_id, call_sid, from_number, to_number, direction, status,
             dial_state, line, created_at, ended_at, duration)
         SELECT l.tenant_id, gen_random_uuid(), l.id, (SELECT min(id) FROM outbound_call_runs),
                (SELECT min(j.id) FROM outbound_call_jobs j WHERE j.lead_id = l.id),
                'CA' || md5(random()::text), '+97236123456', l.phone_e164, 'outbound', 'completed', 'accepted', {line},
                now() - interval '1 hour' + interval '{from} minutes', now() - interval '1 hour' + interval '{to} minutes', 1
         FROM (SELECT * FROM leads ORDER BY id OFFSET {lead} LIMIT 1) l;"
    )
}

async fn installation() -> Database {
    let database = Database::create().await;
    testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(3)
        .await;
    database.execute(QUIET).await;
    database
}

fn failures(database: &Database) -> Vec<(String, Vec<String>)> {
    let ran = on(database, &["verify", "--json"]);
    let report: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("no report: {}", ran.stderr));
    let failed = report["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|check| check["verdict"] == "FAIL");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed: Vec<_> = failed
        .filter(|check| check["section"] != 7)
        .map(|check| {
            let examples = check["examples"]
                .as_array()
                .map(|list| list.iter().map(text).collect());
            (text(&check["promise"]), examples.unwrap_or_default())
        })
        .collect();
    assert_eq!(ran.status, i32::from(!failed.is_empty()));
    assert_eq!(report["ok"], failed.is_empty());
    failed
}

#[tokio::test]
async fn a_fresh_database_passes_and_says_what_is_not_verified_yet() {
    let database = Database::create().await;
    let ran = on(&database, &["verify"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("PASS          each pen is in the hands of its service only [195 grants]"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("NOT VERIFIED  a line never carried two calls at once"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("7. acceptance statement\n   NOT VERIFIED  this installation"),
        "{}",
        ran.stdout
    );
}

#[tokio::test]
async fn a_quiet_history_passes() {
    let database = installation().await;
    // One after the other, the next at the very moment at which the last ended.
    database
        .execute(&[call(0, 1, 0, 1), call(1, 1, 1, 2), call(2, 1, 2, 3)].concat())
        .await;
    let untaken = "every call that ended over a minute ago is being worked on or done";
    let undecided = "outbound calls lead to decisions";
    let promises: Vec<String> = failures(&database)
        .into_iter()
        .map(|(promise, _)| promise)
        .collect();
    assert_eq!(
        promises,
        [untaken, undecided],
        "no service has run, and nothing else is wrong"
    );
}

/// Plants one violation and expects exactly one check of the section on concurrency or deploy to see it.
async fn sees(planted: &str, promise: &str, example: &str) {
    let database = installation().await;
    database.execute(planted).await;
    let seen: Vec<_> = failures(&database)
        .into_iter()
        .filter(|(promise, _)| {
            !promise.contains("ended over a minute ago") && !promise.contains("lead to decisions")
        })
        .collect();
    let [(found, examples)] = seen.as_slice() else {
        panic!("expected one failure, found {seen:?}");
    };
    assert_eq!(found, promise);
    assert!(
        examples.iter().any(|text| text.contains(example)),
        "{examples:?}"
    );
}

#[tokio::test]
async fn a_run_above_its_concurrency_is_seen() {
    let planted = [call(0, 1, 0, 5), call(1, 2, 3, 6)].concat();
    sees(
        &planted,
        "a run never had more calls in the air than its concurrency",
        "had 2 calls in the air",
    )
    .await;
}

#[tokio::test]
async fn a_business_above_its_limit_is_seen() {
    let planted = format!(
        "UPDATE outbound_call_runs SET concurrency = 10;
         UPDATE business_settings SET max_outbound = 1, updated_at = now() - interval '2 hours'; {}{}",
        call(0, 1, 0, 5),
        call(1, 2, 3, 6)
    );
    sees(
        &planted,
        "a business never had more outbound calls in the air than its limit",
        "its limit is 1",
    )
    .await;
}

#[tokio::test]
async fn two_calls_on_one_line_are_seen() {
    let planted = format!(
        "UPDATE outbound_call_runs SET concurrency = 10; {}{}",
        call(0, 1, 0, 5),
        call(1, 1, 3, 6)
    );
    sees(&planted, "a line never carried two calls at once", "line 1").await;
}

#[tokio::test]
async fn a_lead_in_two_calls_at_once_is_seen() {
    // Two runs, or the run's limit and its retry policy would be passed, too.
    let planted = format!(
        "UPDATE outbound_call_runs SET concurrency = 10; {}{}
         UPDATE call_log SET run_id = NULL, job_id = NULL WHERE line = 2;",
        call(0, 1, 0, 5),
        call(0, 2, 3, 6)
    );
    sees(
        &planted,
        "no lead was ever in two calls at once",
        "was in 2 calls",
    )
    .await;
}

#[tokio::test]
async fn a_lead_called_again_without_a_retry_is_seen() {
    let planted = [call(0, 1, 0, 1), call(0, 1, 5, 6)].concat();
    let promise = "no lead was called more often in a run than the retry policy allows";
    sees(&planted, promise, "was called 2 times").await;
    let allowed = format!(
        "UPDATE outbound_call_runs SET retry_policy = '{{\"busy\": {{\"times\": 1, \"after_seconds\": 1}}}}'; {planted}"
    );
    let database = installation().await;
    database.execute(&allowed).await;
    assert!(failures(&database).iter().all(|(seen, _)| seen != promise));
}

#[tokio::test]
async fn a_live_call_whose_job_is_not_in_the_air_is_seen() {
    let planted = format!(
        "{} UPDATE call_log SET status = 'ringing', ended_at = NULL, reconcile_at = now();",
        call(0, 1, 0, 5)
    );
    let promise =
        "a live call is on a line of its business, no two on one, and its job is in the air too";
    sees(&planted, promise, "is in the air, and its job 3 is queued").await;
}

#[tokio::test]
async fn a_live_call_on_no_line_is_seen() {
    let planted = format!(
        "{} UPDATE call_log SET status = 'ringing', ended_at = NULL, reconcile_at = now(), line = 77;",
        call(0, 1, 0, 5)
    );
    let promise =
        "a live call is on a line of its business, no two on one, and its job is in the air too";
    sees(&planted, promise, "on line 77, which there is not").await;
}

#[tokio::test]
async fn a_stuck_job_is_seen() {
    let planted = "UPDATE outbound_call_jobs SET status = 'dialing', dial_lock_token = gen_random_uuid(), dial_started_at = now()
                   WHERE id = (SELECT min(id) FROM outbound_call_jobs);
                   UPDATE outbound_call_runs SET queued_count = 2, in_progress_count = 1;";
    sees(
        planted,
        "no job or call is held by nobody",
        "has no live call",
    )
    .await;
}

#[tokio::test]
async fn counters_that_lie_are_seen() {
    let planted = "UPDATE outbound_call_runs SET queued_count = 2, completed_count = 1;";
    sees(
        planted,
        "the counters of every run are those of its jobs",
        "counts {2,0,1,0,0}",
    )
    .await;
}

#[tokio::test]
async fn an_event_that_nobody_publishes_is_seen() {
    let planted = "INSERT INTO outbox_events (business_id, event_id, type, body, created_at)
                   SELECT id, gen_random_uuid(), 'run.progress', '{}', now() - interval '2 minutes' FROM business;";
    sees(
        planted,
        "no event waits longer than a minute for the broker",
        "run.progress",
    )
    .await;
}

#[tokio::test]
async fn a_recording_that_has_outstayed_its_days_is_seen() {
    let recording = "INSERT INTO recordings (business_id, call_sid, recording_sid, source_url, state, deletion_error, created_at)
                     SELECT id, 'CA1', 'RE1', '', 'failed', 'carrier: status 500', now() - interval '9 days' FROM business;";
    let promise = "no recording is kept over a day longer than its business says, or four where it waits for its transcript";
    sees(recording, promise, "kept for 7 days: carrier: status 500").await;
    let longer = format!("{recording} UPDATE business_settings SET recording_retention_days = 9;");
    let database = installation().await;
    database.execute(&longer).await;
    assert_eq!(failures(&database), []);
}

#[rstest]
#[case::a_callback_of_a_call("31 days 1 hour", "status", "(status) of business 1")]
#[case::a_message_as_it_came("8 days 1 hour", "whatsapp", "(whatsapp) of business 1")]
#[tokio::test]
async fn what_came_in_raw_and_has_outstayed_its_days_is_seen(
    #[case] age: &str,
    #[case] kind: &str,
    #[case] why: &str,
) {
    let promise = "nothing raw is kept over a day longer than its days: WhatsApp messages, callbacks of the carrier";
    let callback = format!(
        "INSERT INTO carrier_callbacks (business_id, kind, dedupe_key, params, received_at)
         SELECT id, '{kind}', 'a', '[]', now() - interval '{age}' FROM business;"
    );
    sees(&callback, promise, why).await;
}

#[tokio::test]
async fn a_message_that_has_outstayed_its_days_is_seen_once_it_is_written_down() {
    let promise = "nothing raw is kept over a day longer than its days: WhatsApp messages, callbacks of the carrier";
    let message = "INSERT INTO whatsapp_sessions (business_id, lead_id, canonical_key, opened_at, last_message_at, closes_at, state,
                                                  closed_at, close_reason)
                   SELECT tenant_id, id, 'SM1', now(), now(), now(), 'closed', now(), 'silence' FROM leads ORDER BY id LIMIT 1;
                   INSERT INTO whatsapp_messages (business_id, session_id, message_sid, body, at)
                   SELECT business_id, id, 'SM1', 'hello', now() - interval '9 days' FROM whatsapp_sessions;";
    let database = installation().await;
    database.execute(message).await;
    assert_eq!(failures(&database), []);
    let written = format!(
        "{message} INSERT INTO conversations (business_id, source, source_event_id, lead_id, outcome, occurred_at, state, suggested_at)
         SELECT business_id, 'whatsapp_summary', format('wa_session_%s_%s', id, canonical_key), lead_id, 'completed', now(), 'suggested', now()
         FROM whatsapp_sessions;"
    );
    sees(&written, promise, "message SM1 of business").await;
}

#[tokio::test]
async fn a_webhook_that_nobody_sends_and_a_switch_that_nobody_noted_are_seen() {
    let endpoint = "INSERT INTO webhook_endpoints (business_id, url, event_types) SELECT id, 'https://example.com/', '{run.finished}'
                    FROM business;";
    let late = format!(
        "{endpoint}
         INSERT INTO webhook_deliveries (business_id, endpoint_id, event_id, event_type, body, due_at, created_at)
         SELECT business_id, id, gen_random_uuid(), 'run.finished', '{{}}', now() - interval '11 minutes', now() FROM webhook_endpoints;"
    );
    let promise = "no webhook waits over ten minutes for an endpoint that accepts what is sent";
    sees(&late, promise, "is due since").await;
    let silent = format!(
        "{endpoint} UPDATE webhook_endpoints SET is_active = false, disabled_at = now(), disabled_reason = 'gone';"
    );
    let promise = "every webhook endpoint that was switched off by itself says so in its history";
    sees(&silent, promise, "was switched off (gone)").await;
}

#[tokio::test]
async fn a_status_that_the_history_does_not_know_is_seen() {
    let planted = "INSERT INTO lead_status_history (tenant_id, lead_id, new_status, channel)
                   SELECT tenant_id, id, 'won', 'manual' FROM leads ORDER BY id LIMIT 1;";
    sees(
        planted,
        "the newest entry of a lead's history is where the lead stands",
        "its history says won",
    )
    .await;
}

#[tokio::test]
async fn an_applied_decision_without_its_traces_is_seen() {
    let planted = "INSERT INTO lead_status_events (business_id, lead_id, source, source_event_id, recommended_status_id, reason,
                       from_status, to_status, applied, applied_at, occurred_at)
                   SELECT l.tenant_id, l.id, 'call_summary', 'CA1', s.id, 'tag', 'new', 'won', true, now(), now()
                   FROM leads l JOIN lead_statuses s ON s.business_id = l.tenant_id AND s.name = 'won' ORDER BY l.id LIMIT 1;";
    let promise = "every applied decision that moved a lead has its history and its activity";
    sees(planted, promise, "has no history and no activity").await;
}

#[tokio::test]
async fn a_wall_that_was_taken_down_is_seen() {
    sees(
        "ALTER TABLE leads DISABLE ROW LEVEL SECURITY;",
        "every table of a tenant has row security and a policy",
        "leads",
    )
    .await;
}

#[tokio::test]
async fn a_pen_in_the_wrong_hand_is_seen() {
    let planted = "GRANT UPDATE (status) ON leads TO callboard_dialer;";
    sees(
        planted,
        "each pen is in the hands of its service only",
        "callboard_dialer may UPDATE leads.status",
    )
    .await;
}

#[tokio::test]
async fn a_constraint_that_is_gone_is_seen() {
    sees(
        "ALTER TABLE outbound_call_jobs DROP CONSTRAINT unique_run_lead;",
        "the constraints and indexes that hold the promises are there and valid",
        "unique_run_lead",
    )
    .await;
}

#[tokio::test]
async fn a_list_s_count_that_is_not_that_of_its_leads_is_seen() {
    let planted = "INSERT INTO lead_list_counts (business_id, list_id, leads) SELECT id, 77, 2 FROM business;";
    sees(
        planted,
        "each list's count is the number of its leads",
        "counts 2 leads in list 77, and there are 0",
    )
    .await;
}

#[tokio::test]
async fn a_count_that_is_not_that_of_the_leads_is_seen() {
    let planted =
        "INSERT INTO lead_counts (business_id, status, leads) SELECT id, 'new', 2 FROM business;";
    sees(
        planted,
        "each column's count is the number of its leads",
        "counts 5 leads in new, and there are 3",
    )
    .await;
}
