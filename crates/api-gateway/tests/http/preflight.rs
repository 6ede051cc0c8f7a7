//! Who would wait in a run, before it is started.

use chassis::clock::Clock;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Business;

use crate::support::{World, read};

/// A Sunday at noon in Jerusalem.
const NOON: &str = "2026-11-22T10:00:00Z";

struct Trial {
    world: World,
    business: Business,
}

impl Trial {
    async fn at(now: &str, leads: usize) -> Self {
        let world = World::at(Clock::fixed(now.parse().expect("a time"))).await;
        let business = world.business(leads).await;
        Self { world, business }
    }

    async fn set(&self, changes: &Value) {
        let api = self.world.api(&self.business);
        let (status, changed) = api.patch("/api/settings", changes).await;
        assert_eq!(status, 200, "{changed}");
    }

    /// An outbound call to a lead: over, or in the air.
    async fn call(&self, lead: usize, began: &str, dial_state: &str, in_the_air: bool) {
        let (status, ended) = match in_the_air {
            true => ("initiated", "NULL".to_owned()),
            false => ("failed", format!("'{began}'")),
        };
        let Business {
            id,
            caller_number,
            leads,
            phones,
            ..
        } = &self.business;
        let call = format!(
            "INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status, dial_state,
                                   call_sid, line, created_at, ended_at, reconcile_at)
             VALUES ({id}, gen_random_uuid(), {}, '{caller_number}', '{}', 'outbound', '{status}', '{dial_state}',
                     gen_random_uuid()::text, 1, '{began}', {ended}, '{began}')",
            leads[lead], phones[lead]
        );
        self.world.database.execute(&call).await;
    }

    async fn zone(&self, lead: usize, zone: &str) {
        let lead = self.business.leads[lead];
        let change = format!("UPDATE leads SET time_zone = '{zone}' WHERE id = {lead}");
        self.world.database.execute(&change).await;
    }

    /// Who would wait, of all leads.
    async fn waiting(&self, language: &str, start_at: Option<&str>) -> Value {
        let mut body = json!({ "filter": {} });
        if let Some(at) = start_at {
            body["start_at"] = at.into();
        }
        let api = self.world.api(&self.business);
        let request = api
            .request(Method::POST, "/api/outbound/preflight")
            .json(&body);
        let (status, preflight) = read(request.header("Accept-Language", language)).await;
        assert_eq!(status, 200, "{preflight}");
        assert_eq!(preflight["would_call"], self.business.leads.len());
        preflight["waiting"].clone()
    }
}

#[tokio::test]
async fn a_closed_business_lets_all_wait_until_it_opens() {
    let trial = Trial::at(NOON, 3).await;
    assert_eq!(trial.waiting("en", None).await, json!([]));
    let hours = json!({ "days": { "sun": [["16:00", "19:00"]] } });
    trial.set(&json!({ "calling_windows": hours })).await;
    trial.zone(2, "Asia/Tokyo").await;
    let waits = |detail: &str, until: Option<&str>| {
        let mut waits = json!({ "reason": "calling_window", "count": 3, "detail": detail });
        if let Some(until) = until {
            waits["until"] = until.into();
        }
        json!([waits])
    };
    let until = Some("2026-11-22T14:00:00Z");
    let english = "3 leads wait for calling hours; the first may be called today at 16:00";
    assert_eq!(trial.waiting("en", None).await, waits(english, until));
    let hebrew = "3 לידים ממתינים לשעות החיוג; לראשון מהם אפשר יהיה להתקשר היום בשעה 16:00";
    assert_eq!(trial.waiting("he", None).await, waits(hebrew, until));

    // At a later start the hours of that time hold; Tokyo sleeps then.
    let later = trial.waiting("en", Some("2026-11-22T15:00:00Z")).await;
    let expected = json!([{
        "reason": "calling_window", "count": 1, "detail": "1 lead waits for calling hours, which never begin",
    }]);
    assert_eq!(later, expected);
    // A start that is over is a start now.
    let past = trial.waiting("en", Some("2026-11-15T15:00:00Z")).await;
    assert_eq!(past, waits(english, until));
}

#[tokio::test]
async fn persons_wait_for_their_own_clock() {
    let trial = Trial::at(NOON, 3).await;
    let hours = json!([["09:00", "19:00"]]);
    trial
        .set(&json!({ "calling_windows": { "days": { "sun": hours, "mon": hours } } }))
        .await;
    trial.zone(0, "America/New_York").await;
    trial.zone(1, "America/Chicago").await;
    let detail = "שני לידים ממתינים לשעות החיוג; לראשון מהם אפשר יהיה להתקשר היום בשעה 16:00";
    let expected = json!([{
        "reason": "calling_window", "count": 2, "detail": detail, "until": "2026-11-22T14:00:00Z",
    }]);
    assert_eq!(trial.waiting("he", None).await, expected);
}

#[tokio::test]
async fn each_lead_waits_for_its_first_closed_gate() {
    let trial = Trial::at(NOON, 8).await;
    let hours = json!([["09:00", "19:00"]]);
    let windows = json!({ "days": { "sun": hours, "mon": hours } });
    trial
        .set(&json!({ "calling_windows": windows, "min_gap_minutes": 60, "max_calls_per_day": 2 }))
        .await;
    trial.zone(0, "America/New_York").await;
    // For the zone before the gap, for the call in the air before the gap, for the gap before the cap.
    trial
        .call(0, "2026-11-22T09:50:00Z", "accepted", false)
        .await;
    trial
        .call(1, "2026-11-22T09:55:00Z", "accepted", true)
        .await;
    trial
        .call(2, "2026-11-22T09:30:00Z", "accepted", false)
        .await;
    trial
        .call(3, "2026-11-22T07:00:00Z", "accepted", false)
        .await;
    trial
        .call(3, "2026-11-22T09:20:00Z", "unknown", false)
        .await;
    trial
        .call(4, "2026-11-22T07:00:00Z", "accepted", false)
        .await;
    trial
        .call(4, "2026-11-21T22:00:00Z", "accepted", false)
        .await;
    // The gap is over by a hair, yesterday's call counts no more, and a call that was never made counts never.
    trial
        .call(5, "2026-11-22T09:00:00Z", "accepted", false)
        .await;
    trial
        .call(5, "2026-11-21T21:59:59Z", "accepted", false)
        .await;
    trial
        .call(6, "2026-11-22T09:59:00Z", "rejected", false)
        .await;
    let expected = json!([
        { "reason": "calling_window", "count": 1, "until": "2026-11-22T14:00:00Z",
          "detail": "1 lead waits for calling hours; it may be called today at 16:00" },
        { "reason": "in_a_call", "count": 1, "detail": "1 lead is in a call now" },
        { "reason": "gap", "count": 2, "until": "2026-11-22T10:20:00Z",
          "detail": "2 leads wait out the pause between calls, which ends for the first today at 12:20" },
        { "reason": "daily_cap", "count": 1, "until": "2026-11-22T22:00:00Z",
          "detail": "1 lead has had all its calls of the day; the limit starts anew tomorrow at 00:00" },
    ]);
    assert_eq!(trial.waiting("en", None).await, expected);
    let said = trial.waiting("he", None).await;
    let sentences: Vec<&Value> = (0..4).map(|n| &said[n]["detail"]).collect();
    let hebrew = [
        "ליד אחד ממתין לשעות החיוג; אפשר יהיה להתקשר אליו היום בשעה 16:00",
        "ליד אחד נמצא כעת בשיחה",
        "שני לידים ממתינים לסיום המרווח בין שיחות; אצל הראשון הוא יסתיים היום בשעה 12:20",
        "ליד אחד מיצה את מכסת השיחות היומית; היא תתחדש מחר בשעה 00:00",
    ];
    assert_eq!(sentences, hebrew);

    // An hour later the gap and the call in the air are over, the cap and New York are not.
    let later = trial.waiting("en", Some("2026-11-22T11:00:00Z")).await;
    let counted = |n: usize| (later[n]["reason"].clone(), later[n]["count"].clone());
    assert_eq!(counted(0), (json!("calling_window"), json!(1)));
    assert_eq!(counted(1), (json!("daily_cap"), json!(2)));
    assert_eq!(later[2], Value::Null);
}

#[tokio::test]
async fn hours_that_cannot_be_read_let_all_wait_for_nobody_knows_how_long() {
    let trial = Trial::at(NOON, 1).await;
    trial
        .world
        .database
        .execute("UPDATE business_settings SET calling_windows = '{\"days\": 7}'")
        .await;
    let expected = json!([{
        "reason": "calling_window", "count": 1, "detail": "ליד אחד ממתין לשעות החיוג, ואין שעות חיוג קרובות",
    }]);
    assert_eq!(trial.waiting("he", None).await, expected);
}
