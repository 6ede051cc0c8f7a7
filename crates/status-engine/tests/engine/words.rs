use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn a_business_s_own_words_count_from_the_moment_that_they_are_set() {
    let world = World::new().await;
    let say = |lead: usize, sid: &str, summary: &str| {
        let mut call = world.call(lead, sid, 5, summary);
        call.confidence = None;
        call
    };
    let summary = "Says that the ball is in our court.";
    world.suggest(say(0, "CA1", summary)).await;
    world
        .db
        .execute(
            r#"UPDATE business_settings SET status_words = '{"HOT_INTERESTED": ["the ball is in our court"]}'"#,
        )
        .await;
    world.suggest(say(1, "CA2", summary)).await;
    world
        .suggest(say(2, "CA3", "Does not say that the ball is in our court."))
        .await;
    world
        .suggest(say(3, "CA4", "Agent: the ball is in our court."))
        .await;

    let status = async |lead: usize| world.lead(lead).await["status"].clone();
    assert_eq!(world.decision("CA1").await["reason"], "nothing_said");
    assert_eq!(
        (status(0).await, status(1).await),
        (json!("new"), json!("interested"))
    );
    let decision = world.decision("CA2").await;
    assert_eq!(decision["evidence"]["group"], "HOT_INTERESTED");
    assert_eq!(
        decision["evidence"]["matched"],
        json!([{ "text": "the ball is in our court", "start": 10, "end": 34, "group": "HOT_INTERESTED", "negated": false }])
    );
    assert_ne!(status(2).await, "interested");
    assert_eq!(
        world.decision("CA3").await["evidence"]["matched"][0]["negated"],
        true
    );
    assert_eq!(status(3).await, "new");
    world.end().await;
}
