//! A WhatsApp session as a transcript.

use domain::decision::notes::one_line;
use domain::messages::{self, Language};
use storage::whatsapp_messages::Message;

/// The messages as lines of their speakers, each on one; none when nobody wrote a word.
pub(crate) fn transcript(language: Language, messages: &[Message]) -> Option<String> {
    if messages
        .iter()
        .all(|message| message.body.trim().is_empty())
    {
        return None;
    }
    let lines: Vec<String> = messages
        .iter()
        .filter_map(|message| line(language, message))
        .collect();
    Some(lines.join("\n"))
}

/// One message; none for one that has neither text nor attachments, such as a place on the map.
fn line(language: Language, message: &Message) -> Option<String> {
    let mut parts = vec![one_line(&message.body)];
    parts.extend(
        message
            .media
            .iter()
            .map(|kind| messages::text(language, &format!("media-{kind}"), &[])),
    );
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() {
        return None;
    }
    let key = match message.direction.as_str() {
        "outbound" => "transcript-agent",
        _ => "transcript-customer",
    };
    Some(messages::text(
        language,
        key,
        &[("text", parts.join(" ").into())],
    ))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn message(direction: &str, body: &str, media: &[&str]) -> Message {
        Message {
            id: 1,
            message_sid: "SM1".to_owned(),
            direction: direction.to_owned(),
            body: body.to_owned(),
            media: media.iter().map(|&kind| kind.to_owned()).collect(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_message_is_a_line_of_who_wrote_it() {
        let written = [
            message("inbound", "hello,\nhow much\nis it?", &[]),
            message("outbound", "400", &[]),
            message("inbound", "this roof", &["image", "audio"]),
            message("inbound", "", &[]),
        ];
        assert_eq!(
            transcript(Language::English, &written).as_deref(),
            Some(
                "Customer: hello, how much is it?\nAgent: 400\nCustomer: this roof [image] [voice message]"
            )
        );
        assert_eq!(
            transcript(Language::Hebrew, &written[2..]).as_deref(),
            Some("לקוח: this roof [תמונה] [הודעה קולית]")
        );
    }

    #[test]
    fn where_nobody_wrote_a_word_there_is_no_transcript() {
        let written = [
            message("inbound", "", &["image"]),
            message("inbound", " \n", &[]),
        ];
        assert_eq!(transcript(Language::Hebrew, &written), None);
        assert_eq!(transcript(Language::Hebrew, &[]), None);
    }
}
