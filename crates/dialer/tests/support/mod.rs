//! What the tests of a dialer without a gateway share: its surroundings, and a run as the gateway would have stored it.

use std::collections::BTreeMap;

use carrier_sim::RunningSim;
use testkit::{Business, Database, Vhost};

/// A dialer's environment, with `more` of its own. Nobody is at the public host: no callback ever arrives.
pub fn environment(
    database: &Database,
    vhost: &Vhost,
    sim: &RunningSim,
    more: &[(&str, &str)],
) -> BTreeMap<String, String> {
    [
        ("DATABASE_URL", database.url()),
        ("AMQP_URL", vhost.amqp_url()),
        ("PUBLIC_HOST", "http://127.0.0.1:1"),
        ("TWILIO_ACCOUNT_SID", sim.account_sid()),
        ("TWILIO_AUTH_TOKEN", "simulated-auth-token"),
        ("TWILIO_API_BASE", sim.base_url()),
        ("CALLBOARD__PROBES__BIND", "127.0.0.1:0"),
        ("CALLBOARD__DIALER__CALLS_PER_SECOND", "0"),
        ("CALLBOARD__DIALER__SWEEP_SECONDS", "0.1"),
    ]
    .iter()
    .chain(more)
    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
    .collect()
}

/// A run over some of a business's leads, in their order, whose event never came.
pub async fn unannounced_run(
    database: &Database,
    business: &Business,
    kind: &str,
    leads: &[usize],
    concurrency: u64,
) {
    let (id, count) = (business.id, leads.len());
    let leads: Vec<i64> = leads.iter().map(|lead| business.leads[*lead].0).collect();
    database
        .execute(&format!(
            "BEGIN;
             INSERT INTO outbound_call_runs (business_id, kind, total_leads, queued_count, concurrency)
             VALUES ({id}, '{kind}', {count}, {count}, {concurrency});
             INSERT INTO outbound_call_jobs (business_id, run_id, lead_id)
             SELECT {id}, (SELECT max(id) FROM outbound_call_runs), lead FROM unnest(ARRAY{leads:?}) AS lead;
             COMMIT"
        ))
        .await;
}
