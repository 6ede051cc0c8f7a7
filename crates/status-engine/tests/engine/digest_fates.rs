//! What becomes of a digest that is not plainly taken: at most one letter per period, and nothing that is not told in the end.

use rstest::rstest;
use storage::ServiceRole;
use storage::mail_digests::{self, Claim};

use crate::town::Town;

const FIVE_PAST: &str = "2026-01-15T10:05:00Z";
const HOUR: &str = "2026-01-15T11:00:00Z";
const NEXT_HOUR: &str = "2026-01-15T12:00:00Z";

async fn with_a_digest() -> Town {
    let town = Town::at(FIVE_PAST).await;
    town.prefer(0, "email = 'hourly'").await;
    town.moves(0, "Interested").await;
    town
}

async fn until_state(town: &Town, state: &str, reason: &str) {
    town.eventually(&format!(
        "EXISTS (SELECT FROM mail_digests WHERE state = '{state}' AND coalesce(reason, '') = '{reason}')"
    ))
    .await;
}

/// Nobody knows whether the server kept the letter: it is not sent again, and the next one tells what stood in it.
#[tokio::test]
async fn a_connection_that_breaks_after_the_letter_costs_no_second_one_and_no_content() {
    let town = with_a_digest().await;
    town.mail.once(".", "");
    town.until(HOUR);
    until_state(&town, "unknown", "broken_off").await;
    town.moves(1, "Interested").await;
    town.until(NEXT_HOUR);
    let letters = town.letters(2).await;
    assert!(
        letters[1].text.contains("Subject: 2 leads have moved"),
        "{}",
        letters[1].text
    );
    until_state(&town, "sent", "").await;
    town.world.end().await;
}

/// Killed between the claim and the end of the sending: the same.
#[tokio::test]
async fn a_process_that_is_killed_while_it_sends_costs_no_second_letter() {
    let town = Town::with_engines(0, FIVE_PAST).await;
    let mut without_mail = town.settings.clone();
    without_mail.retain(|(name, _)| !name.starts_with("CALLBOARD__MAIL"));
    town.world.one_more_engine(&without_mail).await;
    town.prefer(0, "email = 'hourly'").await;
    town.moves(0, "Interested").await;
    town.until(HOUR);
    let (business, user, now) = (town.world.business.id, town.user(0), town.now());
    let claim = town
        .world
        .db
        .db(ServiceRole::StatusEngine)
        .tenant(business, move |tx| {
            let lease = chrono::Duration::minutes(5);
            mail_digests::claim(tx, now, lease, user, "hourly 2026-01-15T11:00Z")
        })
        .await
        .expect("claims");
    assert!(matches!(claim, Claim::Send(_)), "{claim:?}");

    town.world.one_more_engine(&town.settings).await;
    town.until("2026-01-15T11:05:00Z");
    until_state(&town, "unknown", "never_settled").await;
    town.moves(1, "Interested").await;
    town.until(NEXT_HOUR);
    let letters = town.letters(1).await;
    assert!(
        letters[0].text.contains("Subject: 2 leads have moved"),
        "{}",
        letters[0].text
    );
    town.world.end().await;
}

#[rstest]
#[case::the_sender("MAIL", "451 later", "451")]
#[case::the_recipient("RCPT", "450 greylisted", "450")]
#[case::the_letter(".", "452 full", "452")]
#[case::a_broken_connection("DATA", "", "no_connection")]
#[case::our_own_settings("MAIL", "550 who are you", "550")]
#[tokio::test]
async fn what_the_server_certainly_does_not_have_is_sent_again(
    #[case] command: &'static str,
    #[case] answer: &'static str,
    #[case] reason: &str,
) {
    let town = with_a_digest().await;
    town.mail.once(command, answer);
    town.until(HOUR);
    until_state(&town, "waiting", reason).await;
    assert_eq!(
        town.count("mail_digests WHERE due_at = '2026-01-15T11:02:00Z' AND attempts = 1")
            .await,
        1
    );
    town.until("2026-01-15T11:02:00Z");
    until_state(&town, "sent", "").await;
    let taken = if command == "." { 2 } else { 1 };
    assert_eq!(town.mail.letters().len(), taken);
    town.world.end().await;
}

#[tokio::test]
async fn an_address_that_is_refused_three_times_is_left_alone_until_it_is_chosen_again() {
    let town = with_a_digest().await;
    for (hour, times) in [("11", 1), ("12", 2), ("13", 3)] {
        town.mail.once("RCPT", "550 5.1.1 no such user");
        town.until(&format!("2026-01-15T{hour}:00:00Z"));
        town.eventually(&format!(
            "EXISTS (SELECT FROM mail_refusals WHERE times = {times})"
        ))
        .await;
        town.moves(0, ["Interested", "Meeting set"][times % 2])
            .await;
    }
    assert_eq!(
        town.count("mail_digests WHERE state = 'dropped' AND reason = '550'")
            .await,
        3
    );
    town.until("2026-01-15T14:00:00Z");
    until_state(&town, "dropped", "address_refused").await;
    town.prefer(0, "email_chosen_at = '2026-01-15T14:10:00Z'")
        .await;
    town.until("2026-01-15T14:20:00Z");
    town.moves(1, "Interested").await;
    town.until("2026-01-15T15:00:00Z");
    town.letters(1).await;
    town.eventually("NOT EXISTS (SELECT FROM mail_refusals)")
        .await;
    town.world.end().await;
}

#[tokio::test]
async fn a_server_that_is_away_for_long_makes_a_digest_give_way_to_the_next() {
    let town = with_a_digest().await;
    town.until(HOUR);
    town.letters(1).await;
    until_state(&town, "sent", "").await;
    town.moves(1, "Interested").await;
    // It has been tried for three hours.
    let tried = "UPDATE mail_digests SET attempts = 7 WHERE state = 'waiting'";
    town.world.db.execute(tried).await;
    town.mail.once("MAIL", "421 closing");
    town.until(NEXT_HOUR);
    until_state(&town, "dropped", "421").await;
    town.moves(2, "Interested").await;
    town.until("2026-01-15T13:00:00Z");
    let letters = town.letters(2).await;
    assert!(
        letters[1].text.contains("Subject: 2 leads have moved"),
        "{}",
        letters[1].text
    );
    town.world.end().await;
}
