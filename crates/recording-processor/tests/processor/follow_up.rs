//! A promise to be in touch, from the recording to the suggestion.

use chrono::{DateTime, Days, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::call::CallStatus;
use rstest::rstest;
use serde_json::Value;

use crate::world::World;

#[rstest]
#[case::promised("Agent: shall I call you tomorrow?\nCustomer: yes, after five.", true)]
#[case::declined(
    "Agent: shall I call you tomorrow?\nCustomer: no, don't bother.",
    false
)]
#[tokio::test]
async fn the_suggestion_carries_what_was_promised_on_the_business_s_clock(
    #[case] said: &str,
    #[case] promised: bool,
) {
    let world = World::new().await;
    world
        .db
        .execute("UPDATE business SET time_zone = 'America/New_York'")
        .await;
    world.serve_recording("RE1", 0).await;
    world.hear(said, 0).await;
    let ended = world.ended_call("CA1", CallStatus::Completed, 40).await;
    world.deliver(&ended).await;
    world.deliver(&world.recording("CA1", "RE1")).await;

    let suggestion = world.suggestion("CA1").await;
    let suggested: Option<DateTime<Utc>> = suggestion["follow_up_at"]
        .as_str()
        .map(|at| at.parse().expect("a time"));
    let zone = Tz::America__New_York;
    let local = ended.ended_at.with_timezone(&zone).date_naive() + Days::new(1);
    let five = local.and_time(NaiveTime::from_hms_opt(17, 0, 0).expect("a time"));
    let five = zone.from_local_datetime(&five).single().expect("it exists");
    assert_eq!(suggested, promised.then(|| five.to_utc()));
    let kept = world.one("SELECT follow_up_at FROM conversations").await;
    assert_eq!(kept["follow_up_at"] == Value::Null, !promised);
    world.end().await;
}
