//! Hours hold on the business's clock and on the person's.

mod support;

use std::time::Duration;

use carrier_sim::{RunningSim, SimConfig, Simulator};
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chrono::{DateTime, TimeDelta, Utc};
use domain::gates::{Gate, judge};
use domain::messages::Language;
use serde_json::json;
use storage::leads::{self, Edit};
use storage::{ServiceRole, gates};
use support::{environment, unannounced_run};
use testkit::{Business, Database, Vhost, eventually};

const PATIENCE: Duration = Duration::from_secs(40);

/// A Sunday, noon in Jerusalem and 05:00 in New York; later than any clock of a machine, by which rows are stamped.
const NOON: &str = "2040-01-15T10:00:00Z";
/// 09:00 in New York.
const MORNING: &str = "2040-01-15T14:00:00Z";

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

/// A business in Israel that calls from 09:00 to 19:00, its dialer, and a carrier.
struct City {
    database: Database,
    _vhost: Vhost,
    sim: RunningSim,
    business: Business,
    clock: Clock,
    dialer: Lifecycle,
}

impl City {
    async fn start() -> Self {
        let (database, vhost) = (Database::create().await, Vhost::create().await);
        let sim = Simulator::start(SimConfig {
            time_scale: 60.0,
            ..SimConfig::default()
        })
        .await
        .expect("the simulator starts");
        let business = testkit::business(&database.db(ServiceRole::Operator))
            .with_leads(3)
            .await;
        let hours = json!({ "days": { "sun": [["09:00", "19:00"]], "mon": [["09:00", "19:00"]] } });
        database
            .execute(&format!(
                "UPDATE business_settings SET calling_windows = '{hours}'"
            ))
            .await;
        let environment = environment(&database, &vhost, &sim, &[]);
        let settings =
            chassis::settings::load_from(dialer::DEFAULTS, &environment).expect("settings");
        let (clock, lifecycle) = (Clock::fixed(utc(NOON)), Lifecycle::new());
        dialer::build(settings, clock.clone(), &lifecycle)
            .await
            .expect("the dialer starts");
        Self {
            database,
            _vhost: vhost,
            sim,
            business,
            clock,
            dialer: lifecycle,
        }
    }

    /// A run of some of the leads, in their order.
    async fn run(&self, kind: &str, leads: &[usize]) {
        unannounced_run(&self.database, &self.business, kind, leads, 3).await;
    }

    /// Says that the first lead lives in a zone; `None` takes it back.
    async fn says_zone(&self, zone: Option<&str>) {
        let (lead, now) = (self.business.leads[0], self.clock.now());
        let edit = Edit {
            time_zone: Some(zone.map(ToOwned::to_owned)),
            ..Edit::default()
        };
        self.database
            .db(ServiceRole::ApiGateway)
            .tenant(self.business.id, move |tx| {
                leads::edit(tx, now, lead, None, &edit)
            })
            .await
            .expect("the lead is changed");
    }

    async fn dials_to(&self, lead: usize) -> usize {
        let report = self.sim.report().await;
        report.dials_to(&self.business.phones[lead]).len()
    }

    async fn is_dialled(&self, lead: usize) {
        eventually(PATIENCE, || async {
            (self.dials_to(lead).await > 0).then_some(())
        })
        .await;
    }

    /// Waits until the first lead's job is put aside; it was not dialled, and `why` says so.
    async fn is_put_aside(&self) {
        let lead = self.business.leads[0];
        let query = format!(
            "SELECT due_at = '{MORNING}' AS until_morning FROM outbound_call_jobs
             WHERE lead_id = {lead} AND deferred_by = 'calling_window'"
        );
        let rows = eventually(PATIENCE, || async {
            let rows = self.database.sql(&query).await;
            (!rows.is_empty()).then_some(rows)
        })
        .await;
        assert_eq!(rows[0]["until_morning"], true);
        assert_eq!(self.dials_to(0).await, 0);
        let (business, now) = (self.business.id, self.clock.now());
        let facts = self
            .database
            .db(ServiceRole::ApiGateway)
            .tenant(business, move |tx| {
                gates::facts(tx, business, lead, None, now)
            })
            .await
            .expect("the facts");
        let stops: Vec<_> = judge(&facts, now, Language::English)
            .gates
            .into_iter()
            .filter(|verdict| !verdict.passed)
            .collect();
        assert_eq!(stops.len(), 1, "{stops:?}");
        assert_eq!(
            (stops[0].gate, stops[0].until),
            (Gate::CallingWindow, Some(utc(MORNING)))
        );
        assert!(
            stops[0]
                .detail
                .contains("where the person lives (America/New_York)"),
            "{stops:?}"
        );
    }

    async fn stop(self) {
        self.dialer.drain(PATIENCE).await.expect("drains");
        self.sim.stop().await;
    }
}

#[tokio::test]
async fn a_person_elsewhere_is_called_when_it_is_morning_there_and_others_in_the_meantime() {
    let city = City::start().await;
    city.says_zone(Some("America/New_York")).await;
    city.run("bulk", &[0, 1, 2]).await;
    city.is_put_aside().await;
    city.is_dialled(1).await;
    city.is_dialled(2).await;
    assert_eq!(city.dials_to(0).await, 0);

    city.clock.advance(TimeDelta::hours(4));
    city.is_dialled(0).await;
    city.stop().await;
}

#[tokio::test]
async fn a_zone_that_is_new_holds_for_a_direct_call_too_until_it_is_taken_back() {
    let city = City::start().await;
    // The dialer has the rules in mind.
    city.run("bulk", &[1]).await;
    city.is_dialled(1).await;
    city.says_zone(Some("America/New_York")).await;
    city.run("direct", &[0]).await;
    city.is_put_aside().await;

    city.says_zone(None).await;
    city.is_dialled(0).await;
    city.stop().await;
}

#[tokio::test]
async fn other_hours_of_the_business_are_hours_of_the_person_at_once() {
    let city = City::start().await;
    city.says_zone(Some("America/New_York")).await;
    city.run("bulk", &[0]).await;
    city.is_put_aside().await;

    let early = json!({ "days": { "sun": [["05:00", "19:00"]] } });
    city.database
        .execute(&format!(
            "UPDATE business_settings SET calling_windows = '{early}', version = version + 1"
        ))
        .await;
    city.is_dialled(0).await;
    city.stop().await;
}
