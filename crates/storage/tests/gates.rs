//! The claim and `why` go by the same gates: what one names, the other heeds.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use domain::gates::{Gate, judge};
use domain::ids::{BusinessId, LeadId};
use domain::messages::Language;
use storage::carrier_pace::{self, CarrierPace};
use storage::lines::{self, Turn, Turned};
use storage::{ServiceRole, StorageError, Tx, gates};
use testkit::{Business, Database};

/// Sunday noon in Jerusalem.
const NOW: &str = "2026-11-22T10:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().expect("a time")
}

/// What a turn claims for the business now, at the carrier account's pace if it has one.
fn claim(
    tx: &mut Tx<'_>,
    business: BusinessId,
    pace: Option<&CarrierPace>,
) -> Result<Turned, StorageError> {
    let rules: Vec<_> = gates::rules(tx, &[business])?.into_values().collect();
    lines::turn(
        tx,
        &Turn {
            folds: &[],
            events: &[],
            woken: &[business],
            looking: &BTreeSet::from([business]),
            swept: &[],
            rules: &rules,
            worker: "worker",
            now: now(),
            mine_until: now() + Duration::minutes(1),
            pace,
        },
    )
}

/// A business with one lead, queued in a run that is under way.
struct Queued {
    database: Database,
    business: Business,
}

impl Queued {
    async fn one() -> Self {
        let database = Database::create().await;
        let business = testkit::business(&database.db(ServiceRole::Operator))
            .with_leads(1)
            .await;
        let id = business.id;
        database
            .execute(&format!(
                "INSERT INTO outbound_call_runs (business_id, total_leads, queued_count, concurrency, status, started_at)
                 VALUES ({id}, 1, 1, 2, 'running', '{NOW}');
                 INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, due_at)
                 SELECT tenant_id, (SELECT max(id) FROM outbound_call_runs), id, '{NOW}' FROM leads WHERE tenant_id = {id}"
            ))
            .await;
        Self { database, business }
    }

    /// The first gate that stops the lead, and until when.
    async fn why(&self) -> Option<(Gate, Option<DateTime<Utc>>)> {
        let (business, lead): (_, LeadId) = (self.business.id, self.business.leads[0]);
        let facts = self
            .database
            .db(ServiceRole::ApiGateway)
            .tenant(business, move |tx| {
                gates::facts(tx, business, lead, None, now())
            })
            .await
            .expect("the facts");
        let judgement = judge(&facts, now(), Language::English);
        let first = judgement.gates.into_iter().find(|gate| !gate.passed);
        first.map(|verdict| (verdict.gate, verdict.until))
    }

    /// How many jobs a claim takes. Nothing is kept.
    async fn claimed(&self) -> usize {
        self.claimed_at(None).await
    }

    /// The same at a pace.
    async fn claimed_at(&self, pace: Option<&CarrierPace>) -> usize {
        struct Undone(Result<usize, StorageError>);
        impl From<StorageError> for Undone {
            fn from(error: StorageError) -> Self {
                Self(Err(error))
            }
        }
        let (business, pace) = (self.business.id, pace.cloned());
        let undone: Result<(), Undone> = self
            .database
            .db(ServiceRole::Dialer)
            .system(move |tx| {
                let turned = claim(tx, business, pace.as_ref())?;
                Err(Undone(Ok(turned.claims.len())))
            })
            .await;
        undone.expect_err("rolled back").0.expect("claims")
    }

    /// A call to the lead that is over.
    fn call(&self, began: &str, dial_state: &str) -> String {
        format!(
            "INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status, dial_state,
                                   call_sid, line, created_at, ended_at)
             VALUES ({}, gen_random_uuid(), {}, '{}', '{}', 'outbound', 'failed', '{dial_state}', gen_random_uuid()::text,
                     1, '{began}', '{began}')",
            self.business.id, self.business.leads[0], self.business.caller_number, self.business.phones[0]
        )
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of steps")]
async fn what_why_names_the_claim_heeds() {
    let queued = Queued::one().await;
    assert_eq!((queued.why().await, queued.claimed().await), (None, 1));

    let hours = |hours: &str| {
        format!(
            "UPDATE business_settings SET calling_windows = '{{\"days\": {{\"sun\": [{hours}]}}}}'"
        )
    };
    let zones = |zones: &str| format!("UPDATE leads SET (time_zone, phone_zone) = ROW({zones})");
    let suppress = format!(
        "INSERT INTO suppressions (business_id, phone_e164, origin) VALUES ({}, '{}', 'manual')",
        queued.business.id, queued.business.phones[0]
    );
    let set = |settings: &str| format!("UPDATE business_settings SET {settings}");
    let phone = format!(
        "UPDATE leads SET phone_e164 = '{}'",
        queued.business.phones[0]
    );
    let at = |time: &str| Some(time.parse().expect("a time"));
    let next_day = at("2026-11-22T22:00:00Z");
    // What is changed, the gate that stops the lead then, until when, and what undoes it.
    let none = "SELECT 1".to_owned();
    let steps = [
        (
            "UPDATE leads SET deleted_at = now()".to_owned(),
            Some((Gate::Deleted, None)),
            "UPDATE leads SET deleted_at = NULL".to_owned(),
        ),
        (
            "UPDATE leads SET phone_e164 = NULL".to_owned(),
            Some((Gate::NoPhoneNumber, None)),
            phone,
        ),
        (
            suppress,
            Some((Gate::Suppressed, None)),
            "UPDATE suppressions SET lifted_at = now()".to_owned(),
        ),
        (hours("[\"09:00\", \"19:00\"]"), None, none.clone()),
        // 05:00 in New York.
        (
            zones("'America/New_York', NULL"),
            Some((Gate::CallingWindow, at("2026-11-22T14:00:00Z"))),
            none.clone(),
        ),
        // As the number tells, and as somebody knows better.
        (
            zones("NULL, 'America/New_York'"),
            Some((Gate::CallingWindow, at("2026-11-22T14:00:00Z"))),
            none.clone(),
        ),
        (
            zones("'Europe/Paris', 'America/New_York'"),
            None,
            zones("NULL, NULL"),
        ),
        (
            "UPDATE outbound_call_runs SET pause_requested = true".to_owned(),
            Some((Gate::Run, None)),
            "UPDATE outbound_call_runs SET pause_requested = false".to_owned(),
        ),
        (
            "UPDATE outbound_call_jobs SET cancel_requested = true".to_owned(),
            Some((Gate::Run, None)),
            "UPDATE outbound_call_jobs SET cancel_requested = false".to_owned(),
        ),
        (
            "UPDATE outbound_call_jobs SET due_at = '2026-11-22T10:05:00Z'".to_owned(),
            Some((Gate::Due, at("2026-11-22T10:05:00Z"))),
            format!("UPDATE outbound_call_jobs SET due_at = '{NOW}'"),
        ),
        (
            hours("[\"09:00\", \"12:00\"], [\"16:00\", \"19:00\"]"),
            Some((Gate::CallingWindow, at("2026-11-22T14:00:00Z"))),
            none.clone(),
        ),
        (
            hours("[\"12:00\", \"12:01\"]"),
            None,
            set("calling_windows = NULL"),
        ),
        // Two calls today: at 00:30 and 11:00 in Jerusalem; one yesterday, and one that the carrier refused.
        (
            queued.call("2026-11-21T22:30:00Z", "accepted"),
            None,
            none.clone(),
        ),
        (
            queued.call("2026-11-22T09:00:00Z", "unknown"),
            None,
            none.clone(),
        ),
        (
            queued.call("2026-11-21T21:30:00Z", "accepted"),
            None,
            none.clone(),
        ),
        (
            queued.call("2026-11-22T09:59:00Z", "rejected"),
            None,
            none.clone(),
        ),
        (
            set("min_gap_minutes = 61"),
            Some((Gate::Gap, at("2026-11-22T10:01:00Z"))),
            none.clone(),
        ),
        (
            set("min_gap_minutes = 60"),
            None,
            set("min_gap_minutes = NULL"),
        ),
        (
            set("max_calls_per_day = 2"),
            Some((Gate::DailyCap, next_day)),
            none.clone(),
        ),
        (
            set("max_calls_per_day = 3"),
            None,
            set("max_calls_per_day = NULL"),
        ),
        (
            set("caller_number = NULL"),
            Some((Gate::CallerNumber, None)),
            set("caller_number = '+972531234567'"),
        ),
        (
            "UPDATE outbound_call_runs SET cancel_requested = true".to_owned(),
            Some((Gate::Run, None)),
            none,
        ),
    ];
    for (change, gate, undo) in steps {
        queued.database.execute(&change).await;
        let expected = (gate, usize::from(gate.is_none()));
        let seen = (queued.why().await, queued.claimed().await);
        assert_eq!(seen, expected, "{change}");
        queued.database.execute(&undo).await;
    }
}

#[tokio::test]
async fn a_call_in_the_air_and_full_lines_are_named() {
    let queued = Queued::one().await;
    let taken = queued
        .database
        .db(ServiceRole::Dialer)
        .system({
            let business = queued.business.id;
            move |tx| claim(tx, business, None)
        })
        .await
        .expect("claims");
    assert_eq!(taken.claims.len(), 1);
    assert_eq!(queued.why().await, Some((Gate::InACall, None)));
    queued
        .database
        .execute(
            "UPDATE call_log SET to_number = '+972540000000';
             UPDATE business_settings SET max_outbound = 1",
        )
        .await;
    assert_eq!(queued.why().await, Some((Gate::Lines, None)));
}

/// At 0.1 calls per second a call is never ahead of its time; at 20 it may be by 150 ms, and 100 calls take 5 seconds.
#[tokio::test]
async fn the_carriers_pace_stops_the_claim_for_as_long_as_why_says() {
    for (calls_per_second, next_in, waits) in [
        (0.1, "-1 second", None),
        (0.1, "1 minute", Some(60.0)),
        (20.0, "100 milliseconds", None),
        (20.0, "1 minute", Some(59.85)),
    ] {
        let queued = Queued::one().await;
        let pace = CarrierPace {
            account: "AC1".to_owned(),
            calls_per_second,
        };
        let said = pace.clone();
        queued
            .database
            .db(ServiceRole::Dialer)
            .system(move |tx| carrier_pace::say(tx, &said))
            .await
            .expect("said");
        // Another account, of which nobody says how fast it is, and one that rests.
        queued
            .database
            .execute(&format!(
                "UPDATE carrier_pace SET next_at = clock_timestamp() + interval '{next_in}';
                 INSERT INTO carrier_pace
                 VALUES ('AC0', now() + interval '1 day', NULL), ('AC2', now() - interval '1 day', 1)"
            ))
            .await;
        let why = queued.why().await;
        let claimed = queued.claimed_at(Some(&pace)).await;
        assert_eq!(claimed, usize::from(waits.is_none()), "{next_in}");
        let Some(waits) = waits else {
            assert_eq!(why, None, "{next_in}");
            continue;
        };
        let (gate, until) = why.expect("a gate");
        assert_eq!(gate, Gate::CarrierPace);
        let wait = (until.expect("it opens by itself") - now()).as_seconds_f64();
        assert!((waits - 20.0..=waits).contains(&wait), "{wait} of {waits}");
    }
}

#[tokio::test]
async fn a_business_whose_hours_cannot_be_read_calls_nobody() {
    let queued = Queued::one().await;
    queued
        .database
        .execute("UPDATE business_settings SET calling_windows = '{\"days\": 7}'")
        .await;
    assert_eq!(queued.claimed().await, 0);
}
