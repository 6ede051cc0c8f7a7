//! E-mail digests as their readers get them.

use chassis::signed;
use domain::notifications::unsubscribe;
use mail_parser::{Message, MessageParser};
use secrecy::SecretString;
use testkit::Letter;

use crate::town::{SECRET, Town};

fn parsed(letter: &Letter) -> Message<'_> {
    let parser = MessageParser::default();
    parser.parse(letter.text.as_bytes()).expect("a letter")
}

fn header<'a>(message: &'a Message<'_>, name: &'a str) -> &'a str {
    let header = message.header_raw(name);
    header.map(str::trim).unwrap_or_default()
}

#[tokio::test]
async fn a_digest_tells_what_is_unread_once_per_period() {
    let town = Town::with_engines(2, "2026-01-15T10:05:00Z").await;
    town.prefer(0, "email = 'hourly'").await;
    town.world
        .db
        .execute("UPDATE leads SET first_name = '<b>', last_name = '\"Tom\" & Co' WHERE id = (SELECT min(id) FROM leads)")
        .await;
    town.moves(0, "Interested").await;
    town.moves(1, "Interested").await;
    town.moves(2, "Interested").await;
    let read = "UPDATE notifications SET read_at = now() WHERE title = 'Lead 3: Interested'";
    town.world.db.execute(read).await;
    assert_eq!(town.count("mail_digests WHERE state = 'waiting'").await, 1);
    assert!(town.mail.letters().is_empty());
    town.until("2026-01-15T11:00:00Z");
    let letters = town.letters(1).await;
    town.eventually("EXISTS (SELECT FROM mail_digests WHERE state = 'sent')")
        .await;

    let letter = &letters[0];
    let owner = &town.world.business.users[0];
    assert_eq!(letter.from, "board@example.com");
    assert_eq!(letter.to, [owner.email.as_str()]);
    let message = parsed(letter);
    assert_eq!(message.subject(), Some("2 leads have moved at Blue & Sons"));
    let plain = message.body_text(0).expect("plain text");
    let expected = "15.01 12:05  <b> \"Tom\" & Co, New → Interested, outgoing call, confidence 90%";
    assert!(plain.contains(expected), "{plain}");
    assert!(plain.contains("Lead 2, New → Interested") && !plain.contains("Lead 3"));
    assert!(plain.contains("Open the board: https://calls.example.com/"));
    let html = message.body_html(0).expect("HTML");
    assert!(
        html.contains("&lt;b&gt; &quot;Tom&quot; &amp; Co, New"),
        "{html}"
    );
    assert!(html.contains("<html lang=\"en\" dir=\"ltr\">"), "{html}");
    let stop = header(&message, "List-Unsubscribe");
    let token = stop
        .strip_prefix("<https://calls.example.com/api/notifications/unsubscribe/")
        .and_then(|rest| rest.strip_suffix('>'))
        .expect("a link");
    let secret = SecretString::from(SECRET);
    let text = signed::verify(&secret, unsubscribe::PURPOSE, token).and_then(unsubscribe::read);
    assert_eq!(text, Some((town.world.business.id, owner.id)));
    assert_eq!(
        header(&message, "List-Unsubscribe-Post"),
        "List-Unsubscribe=One-Click"
    );

    // In the next period only what is new is told.
    town.moves(3, "Interested").await;
    town.until("2026-01-15T12:00:00Z");
    let letters = town.letters(2).await;
    let message = parsed(&letters[1]);
    assert_eq!(message.subject(), Some("One lead has moved at Blue & Sons"));
    town.world.end().await;
}

#[tokio::test]
async fn a_digest_in_hebrew_is_written_from_right_to_left() {
    let town = Town::at("2026-01-15T10:05:00Z").await;
    town.prefer(1, "email = 'daily', digest_hour = 18").await;
    let hebrew = format!(
        "UPDATE users SET language = 'he' WHERE id = {}",
        town.user(1)
    );
    town.world.db.execute(&hebrew).await;
    town.moves(0, "Interested").await;
    town.until("2026-01-15T16:00:00Z");
    let letters = town.letters(1).await;
    let message = parsed(&letters[0]);
    assert_eq!(message.subject(), Some("ליד אחד עבר סטטוס אצל Blue & Sons"));
    let html = message.body_html(0).expect("HTML");
    assert!(html.contains("<html lang=\"he\" dir=\"rtl\">"), "{html}");
    let plain = message.body_text(0).expect("plain text");
    assert!(plain.contains("אלה העדכונים של Blue & Sons:"), "{plain}");
    town.world.end().await;
}

#[tokio::test]
async fn a_digest_waits_for_the_end_of_quiet_hours_and_for_nobody_who_does_not_want_it() {
    let town = Town::at("2026-01-15T19:30:00Z").await;
    town.prefer(
        0,
        r#"email = 'hourly', quiet_hours = '{"from": "21:00", "to": "07:30"}'"#,
    )
    .await;
    town.prefer(1, "email = 'hourly'").await;
    town.moves(0, "Interested").await;
    town.prefer(1, "email = 'off'").await;
    town.until("2026-01-15T20:00:00Z");
    town.eventually(
        "EXISTS (SELECT FROM mail_digests WHERE state = 'dropped' AND reason = 'not_wanted')",
    )
    .await;
    assert_eq!(
        town.count("mail_digests WHERE state = 'waiting' AND due_at = '2026-01-16T05:30:00Z'")
            .await,
        1
    );
    assert!(town.mail.letters().is_empty());
    town.until("2026-01-16T05:30:00Z");
    let letters = town.letters(1).await;
    assert_eq!(letters[0].to, [town.world.business.users[0].email.as_str()]);
    town.world.end().await;
}

#[tokio::test]
async fn what_has_been_read_meanwhile_is_not_mailed() {
    let town = Town::at("2026-01-15T10:05:00Z").await;
    town.prefer(0, "email = 'hourly'").await;
    town.moves(0, "Interested").await;
    town.world
        .db
        .execute("UPDATE notifications SET read_at = now()")
        .await;
    town.until("2026-01-15T11:00:00Z");
    town.eventually(
        "EXISTS (SELECT FROM mail_digests WHERE state = 'dropped' AND reason = 'nothing_new')",
    )
    .await;
    assert!(town.mail.letters().is_empty());
    town.world.end().await;
}
