//! A past that a seed chooses, made as the services make it, and read back row by row.

use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::call::Direction;
use domain::events::{StatusSuggested, SuggestionSource};
use domain::ids::{DecisionId, LeadId};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use storage::analytics;
use storage::{ServiceRole, decisions};
use testkit::Business;

use super::raw::Range;
use crate::support::World;

/// Around these the clocks of New York and Jerusalem are set forward and back.
const TIMES: [&str; 4] = [
    "2026-03-08T07:00:00Z",
    "2026-03-27T00:00:00Z",
    "2026-10-24T23:00:00Z",
    "2026-11-01T06:00:00Z",
];
const NOW: &str = "2026-11-03T09:00:00Z";
const NAMES: [&str; 5] = [
    "interested",
    "not_relevant",
    "follow_up",
    "no_answer",
    "new",
];
const READ_MODELS: [&str; 5] = [
    "analytics_status_days",
    "analytics_decision_days",
    "analytics_call_days",
    "analytics_call_hours",
    "analytics_spreads",
];

pub(super) struct Past {
    pub(super) world: World,
    pub(super) business: Business,
    neighbour: Business,
    pub(super) zone: Tz,
    pub(super) now: DateTime<Utc>,
    random: StdRng,
    serial: u32,
}

/// A change whose transaction is still open.
pub(super) struct Open {
    done: tokio::sync::oneshot::Sender<()>,
    writing: tokio::task::JoinHandle<()>,
}

impl Past {
    /// Two businesses of which the first will have a past, and leads.
    pub(super) async fn begin(zone: Tz, seed: u64) -> Self {
        let now: DateTime<Utc> = NOW.parse().expect("a time");
        let world = World::at(Clock::fixed(now)).await;
        let business = testkit::business(&world.operator)
            .time_zone(zone.name())
            .with_user(storage::users::Role::Agent)
            .with_user(storage::users::Role::Agent)
            .with_api_key(storage::users::Role::Admin)
            .await;
        let neighbour = world.business(0).await;
        let past = Self {
            world,
            business,
            neighbour,
            zone,
            now,
            random: StdRng::seed_from_u64(seed),
            serial: 0,
        };
        let id = past.business.id;
        let leads = format!(
            "INSERT INTO outbound_lead_lists (business_id, name) VALUES ({id}, 'one'), ({id}, 'other');
             INSERT INTO leads (tenant_id, phone_e164, status, created_at, outbound_list_id, owner_user_id)
             SELECT {id}, '+97254' || 9000000 + n, 'new', '2026-03-01'::timestamptz + n * interval '5 hours 7 minutes',
                    (SELECT min(id) FROM outbound_lead_lists) + n % 2,
                    (SELECT min(id) FROM users WHERE business_id = {id}) + n / 2 % 2
             FROM generate_series(1, 12) n"
        );
        past.world.database.execute(&leads).await;
        past
    }

    fn at(&mut self) -> DateTime<Utc> {
        let around: DateTime<Utc> = TIMES
            .choose(&mut self.random)
            .expect("a time")
            .parse()
            .expect("a time");
        around + TimeDelta::seconds(self.random.random_range(-36 * 3_600..36 * 3_600))
    }

    /// So many more things happen, in the order of their times.
    pub(super) async fn go_on(&mut self, things: usize) {
        let ids = self
            .world
            .database
            .sql("SELECT id FROM leads ORDER BY id")
            .await;
        let mut times: Vec<DateTime<Utc>> = (0..things).map(|_| self.at()).collect();
        times.sort_unstable();
        for at in times {
            let lead = ids.choose(&mut self.random).expect("a lead")["id"].as_i64();
            let lead = LeadId(lead.expect("an id"));
            match self.random.random_range(0..10) {
                0..=3 => self.talk(lead, at).await,
                4 => {
                    let name = *NAMES.choose(&mut self.random).expect("a name");
                    let database = &self.world.database;
                    database
                        .moved_by_hand(self.business.id, lead, at, name)
                        .await;
                }
                5 => self.take_back(lead, at).await,
                _ => self.call(lead, at).await,
            }
        }
    }

    /// A conversation, which may have taken place two days before it is decided on.
    async fn talk(&mut self, lead: LeadId, at: DateTime<Utc>) {
        self.serial += 1;
        let name = NAMES.choose(&mut self.random).expect("a name");
        let confidence = self.random.random_range(0..=20);
        let late = TimeDelta::hours(self.random.random_range(0..5) * 12);
        let whatsapp = self.random.random_bool(0.2);
        let inbound = self.random.random_bool(0.3);
        let suggested = StatusSuggested {
            business_id: self.business.id,
            lead_id: lead,
            source: if whatsapp {
                SuggestionSource::WhatsappSummary
            } else {
                SuggestionSource::CallSummary
            },
            source_event_id: format!("talk {}", self.serial),
            direction: (!whatsapp && inbound).then_some(Direction::Inbound),
            summary: format!("A talk. [Recommendation: {name}]"),
            recommendation: None,
            confidence: (confidence > 0).then_some(f64::from(confidence) / 20.0),
            outcome: None,
            service: None,
            city: None,
            follow_up_at: None,
            dropped_label: None,
            occurred_at: at - late,
        };
        self.world.database.decided(suggested, at).await;
    }

    /// A person takes the newest decision on a lead back, where that can be done.
    async fn take_back(&mut self, lead: LeadId, at: DateTime<Utc>) {
        let newest = format!("SELECT max(id) AS id FROM lead_status_events WHERE lead_id = {lead}");
        let newest = self.world.database.sql(&newest).await;
        let Some(decision) = newest[0]["id"].as_i64().map(DecisionId) else {
            return;
        };
        let gateway = self.world.database.db(ServiceRole::ApiGateway);
        gateway
            .tenant(self.business.id, move |tx| {
                decisions::undo(tx, at, decision, None, "a mistake")
            })
            .await
            .expect("an answer");
    }

    /// A call, some of which are written when they begin and again when they end; the carrier may not take it.
    async fn call(&mut self, lead: LeadId, at: DateTime<Utc>) {
        let status = [
            "completed",
            "completed",
            "busy",
            "no-answer",
            "failed",
            "canceled",
        ]
        .choose(&mut self.random)
        .expect("a status");
        let answered_by = ["'human'", "'machine'", "NULL"]
            .choose(&mut self.random)
            .expect("somebody");
        let dial_state = match (*status, self.random.random_range(0..3)) {
            ("failed", 0) => "absent",
            ("failed", 1) => "rejected",
            _ => "accepted",
        };
        let direction = if self.random.random_bool(0.2) {
            "inbound"
        } else {
            "outbound"
        };
        let seconds = self.random.random_range(0..4_000);
        let (business, serial) = (self.business.id, self.serial);
        self.serial += 1;
        let number = &self.business.caller_number;
        let (from, to) = if direction == "inbound" {
            ("l.phone_e164".to_owned(), format!("'{number}'"))
        } else {
            (format!("'{number}'"), "l.phone_e164".to_owned())
        };
        let begin = format!(
            "INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction, status,
                 dial_state, line, created_at, reconcile_at)
             SELECT {business}, gen_random_uuid(), l.id, 'CA{serial}', {from}, {to}, '{direction}', 'initiated', 'accepted', 1,
                 '{at}', '{at}' FROM leads l WHERE l.id = {lead}"
        );
        let end = format!(
            "UPDATE call_log SET status = '{status}', dial_state = '{dial_state}', duration = {seconds},
                 ended_at = created_at + interval '{seconds} seconds', reconcile_at = NULL WHERE call_sid = 'CA{serial}'"
        );
        self.world.database.execute(&begin).await;
        if self.random.random_bool(0.3) {
            super::refresh(&self.world, &self.business).await;
        }
        self.world.database.execute(&end).await;
        if self.random.random_bool(0.3) {
            super::refresh(&self.world, &self.business).await;
        }
        // Who picked up is often told after the end.
        let who = format!(
            "UPDATE call_log SET answered_by = {answered_by} WHERE call_sid = 'CA{serial}'"
        );
        self.world.database.execute(&who).await;
    }

    /// Half the leads go to other lists and owners; one has neither any more.
    pub(super) async fn shuffle(&mut self) {
        let shuffle = "UPDATE leads SET outbound_list_id = outbound_list_id + 1 WHERE id % 4 = 0
                AND outbound_list_id = (SELECT min(id) FROM outbound_lead_lists);
             UPDATE leads SET owner_user_id = owner_user_id - 1 WHERE id % 3 = 0
                AND owner_user_id = (SELECT max(id) FROM users WHERE business_id = tenant_id);
             UPDATE leads SET owner_user_id = NULL, outbound_list_id = NULL WHERE id = (SELECT max(id) FROM leads)";
        self.world.database.execute(shuffle).await;
    }

    pub(super) async fn move_to(&mut self, zone: Tz) {
        let moved = format!(
            "UPDATE business SET time_zone = '{}' WHERE id = {}",
            zone.name(),
            self.business.id
        );
        self.world.database.execute(&moved).await;
        self.zone = zone;
    }

    pub(super) async fn change(&self, lead: usize, at: &str) {
        let leads = "SELECT id FROM leads ORDER BY id";
        let leads = self.world.database.sql(leads).await;
        let lead = LeadId(leads[lead]["id"].as_i64().expect("an id"));
        let at = at.parse().expect("a time");
        let database = &self.world.database;
        database
            .moved_by_hand(self.business.id, lead, at, "won")
            .await;
    }

    /// The first lead moves on 20 October, in a transaction that is not over.
    pub(super) async fn hold_a_change_open(&self) -> Open {
        let business = self.business.id;
        let (done, wait) = tokio::sync::oneshot::channel::<()>();
        let (begun, has_begun) = tokio::sync::oneshot::channel::<()>();
        let gateway = self.world.database.db(ServiceRole::ApiGateway);
        let lead = "SELECT min(id) AS id FROM leads";
        let lead = self.world.database.sql(lead).await[0]["id"].as_i64();
        let lead = LeadId(lead.expect("an id"));
        let writing = async move {
            gateway
                .tenant(business, move |tx| {
                    let change = storage::lead_status::StatusChange {
                        lead,
                        to: "won",
                        author: storage::lead_status::Author::Person { user: None },
                        reason: None,
                    };
                    let at = "2026-10-20T09:00:00Z".parse().expect("a time");
                    storage::lead_status::change_status(tx, at, &change)?;
                    begun.send(()).expect("somebody waits");
                    wait.blocking_recv().expect("somebody ends it");
                    Ok::<_, storage::StorageError>(())
                })
                .await
                .expect("it commits");
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "a transaction beside the test, which awaits it"
        )]
        let writing = tokio::spawn(writing);
        has_begun.await.expect("it begins");
        Open { done, writing }
    }

    /// Marks every day.
    pub(super) async fn mark(&self) {
        let engine = self.world.database.db(ServiceRole::StatusEngine);
        engine
            .tenant(self.business.id, analytics::everything)
            .await
            .expect("marked");
    }

    /// All that is computed.
    pub(super) async fn computed(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for table in READ_MODELS {
            let rows =
                format!("SELECT to_jsonb(t) AS row FROM {table} t ORDER BY to_jsonb(t)::text");
            all.extend(self.world.database.sql(&rows).await);
        }
        all
    }

    pub(super) async fn neighbours_rows(&self) -> Value {
        let mut all = Vec::new();
        for table in READ_MODELS {
            let rows = format!(
                "SELECT 1 AS one FROM {table} WHERE business_id = {}",
                self.neighbour.id
            );
            all.extend(self.world.database.sql(&rows).await);
        }
        let shown = super::told(&self.world, &self.neighbour, "status?from=2026-01-01").await;
        assert_eq!(shown["summary"]["changes"], 0);
        json!(all)
    }

    /// All of it, a few days over a change of the clock, one day, and whole months beside parts of others.
    pub(super) fn ranges(&self) -> Vec<Range> {
        let range = |from: &str, to: &str| Range {
            from: from.parse().expect("a day"),
            to: to.parse().expect("a day"),
        };
        vec![
            range("2026-02-01", "2026-11-30"),
            range("2026-10-24", "2026-11-01"),
            range("2026-03-27", "2026-03-27"),
            range("2026-03-08", "2026-10-31"),
        ]
    }
}

impl Open {
    pub(super) async fn commit(self) {
        self.done.send(()).expect("it waits");
        self.writing.await.expect("it commits");
    }
}
