//! Ten thousand conversations, told of three times each and in no order, by four engines on a real broker.

use std::time::Duration;

use domain::decision::{Column, DecisionSettings, LeadState, Outcome, Suggestion, decide};
use domain::events::StatusSuggested;
use domain::text::Classifier;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

use crate::world::World;

const LEADS: usize = 500;
const CONVERSATIONS: i64 = 20;
const ENGINES: usize = 4;
/// How long 30,000 deliveries may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a conversation can come to; nobody there, where it is empty.
const LABELS: [&str; 8] = [
    "Interested",
    "Follow up",
    "Not relevant",
    "Meeting set",
    "Contacted",
    "No such label",
    "",
    "",
];

/// A lead's conversations, a minute apart.
fn conversations(world: &World, lead: usize, random: &mut StdRng) -> Vec<StatusSuggested> {
    (0..CONVERSATIONS)
        .map(|n| {
            // One lead in some is won on the way, and stands from there on.
            let label = match random.random_range(0..400) {
                0 => "Won",
                _ => LABELS[random.random_range(0..LABELS.len())],
            };
            let summary = match label {
                "" => format!("Call {n}"),
                _ => format!("Talk {n}. [Recommendation: {label}]"),
            };
            let call = world.call(lead, &format!("CA{lead}-{n}"), 600 - n, &summary);
            StatusSuggested {
                confidence: Some(if random.random_bool(0.2) { 0.5 } else { 0.9 }),
                outcome: label.is_empty().then(|| "no-answer".to_owned()),
                ..call
            }
        })
        .collect()
}

/// Where the lead ends when each is told of once and in order.
fn in_order(conversations: &[StatusSuggested], board: &[Column]) -> Option<String> {
    let settings = DecisionSettings::default();
    let mut lead = LeadState {
        status: Some("new".to_owned()),
        ..LeadState::default()
    };
    for told in conversations {
        let decision = decide(
            &Suggestion::from(told),
            board,
            &lead,
            &settings,
            Classifier::standard(),
            told.occurred_at,
        );
        if let Outcome::Applied { to } = decision.outcome {
            lead.status = Some(to);
        }
        lead.newest_decision_at = Some(told.occurred_at);
    }
    lead.status
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_conversations_in_disorder_end_as_in_order() {
    let world = World::with_leads_and_engines(LEADS, ENGINES).await;
    let mut random = StdRng::seed_from_u64(20_261_126);
    let all: Vec<Vec<StatusSuggested>> = (0..LEADS)
        .map(|lead| conversations(&world, lead, &mut random))
        .collect();
    // The same conversation under two events, and one of them twice.
    let mut told: Vec<StatusSuggested> = all.iter().flatten().cloned().collect();
    told.extend(told.clone());
    told.shuffle(&mut random);
    let events = i64::try_from(told.len()).expect("few");
    world.tell(told).await;
    world.until_handled_within(PATIENCE, events).await;

    let board = world.board().await;
    let decisions = "SELECT count(*) AS n FROM lead_status_events";
    assert_eq!(world.number(decisions).await, 10_000);
    for (lead, told) in all.iter().enumerate() {
        let found = world.lead(lead).await;
        assert_eq!(
            found["status"].as_str(),
            in_order(told, &board).as_deref(),
            "lead {lead}"
        );
        assert_eq!(
            found["summary"],
            told[told.len() - 1].summary,
            "lead {lead}"
        );
    }
    world.nothing_is_lost().await;
    world.end().await;
}
