//! Callbacks as they were captured from real traffic, read into types.

use carrier::callback::{
    AmdCallback, ParseError, RecordingCallback, StatusCallback, VoiceRequest, WhatsappMessage,
};
use carrier::{AnsweredBy, CallStatus, Direction, RecordingStatus};

const CALL: &str = "CA0123456789abcdef0123456789abcdef";

fn form(body: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect()
}

#[test]
fn the_last_report_of_a_call() {
    let body = format!(
        "Called=%2B551135892112&ToState=SP&CallerCountry=US&Direction=outbound-api&Timestamp=Sun%2C%2025%20Mar%202018%20\
         09%3A53%3A19%20%2B0000&CallbackSource=call-progress-events&SequenceNumber=3&To=%2B551135892112&CallSid={CALL}\
         &ToZip=&CallStatus=completed&Duration=1&From=%2B16466063895&CallDuration=49&AccountSid=AC1&AnsweredBy=human\
         &SipResponseCode=200"
    );
    let report = StatusCallback::parse(&form(&body)).expect("a report");
    assert_eq!(report.status, CallStatus::Completed);
    assert_eq!(report.duration_seconds, Some(49));
    assert_eq!(report.sequence_number, Some(3));
    assert_eq!(report.answered_by, Some(AnsweredBy::Human));
    assert_eq!(report.direction, Some(Direction::Outbound));
    assert_eq!(report.sip_response_code, Some(200));
    assert_eq!(
        report.timestamp.map(|time| time.to_rfc3339()),
        Some("2018-03-25T09:53:19+00:00".to_owned())
    );
    assert_eq!(
        report.dedupe_key(),
        format!("status:{CALL}:call-progress-events:3:completed")
    );
}

#[test]
fn a_report_says_which_field_is_wrong() {
    let parse = |body: &str| StatusCallback::parse(&form(body));
    assert_eq!(
        parse("CallStatus=busy"),
        Err(ParseError::Missing("CallSid"))
    );
    assert_eq!(
        parse("CallSid=..%2F&CallStatus=busy"),
        Err(ParseError::Invalid("CallSid"))
    );
    assert_eq!(
        parse("CallSid=CA1&CallStatus="),
        Err(ParseError::Missing("CallStatus"))
    );
}

#[test]
fn an_unknown_status_changes_nothing() {
    let report = StatusCallback::parse(&form("CallSid=CA1&CallStatus=melted")).expect("a report");
    assert_eq!(
        CallStatus::Ringing.advanced_by(report.status),
        CallStatus::Ringing
    );
}

#[test]
fn a_recording_is_ready() {
    let body = format!(
        "CallSid={CALL}&RecordingSid=RE1&RecordingUrl=https%3A%2F%2Fapi.example%2FRE1&RecordingStatus=completed\
         &RecordingDuration=12&RecordingChannels=1&RecordingSource=OutboundAPI"
    );
    let report = RecordingCallback::parse(&form(&body)).expect("a report");
    assert_eq!(report.status, RecordingStatus::Completed);
    assert_eq!(report.duration_seconds, Some(12));
    assert_eq!(report.url.as_deref(), Some("https://api.example/RE1"));
    assert_eq!(report.dedupe_key(), "recording:RE1:completed");
}

#[test]
fn the_verdict_of_machine_detection() {
    let body = "CallSid=CA1&AnsweredBy=machine_start&MachineDetectionDuration=3210";
    let report = AmdCallback::parse(&form(body)).expect("a report");
    assert_eq!(report.answered_by, AnsweredBy::Machine);
    assert_eq!(report.detection_milliseconds, Some(3210));
}

#[test]
fn a_caller_who_withholds_the_number() {
    let body = "CallSid=CA1&CallStatus=ringing&Direction=inbound&From=anonymous&To=%2B972721234567";
    let call = VoiceRequest::parse(&form(body)).expect("a request");
    assert_eq!(call.direction, Direction::Inbound);
    assert_eq!(call.from, None);
    assert_eq!(call.to.as_deref(), Some("+972721234567"));
}

#[test]
fn a_reply_that_was_recorded_is_another_request() {
    let first =
        VoiceRequest::parse(&form("CallSid=CA1&CallStatus=in-progress")).expect("a request");
    let second = VoiceRequest::parse(&form("CallSid=CA1&CallStatus=in-progress&RecordingSid=RE1"))
        .expect("a request");
    assert_ne!(first.dedupe_key(), second.dedupe_key());
}

#[test]
fn a_whatsapp_message_with_a_voice_note() {
    let body = "MessageSid=SM1&From=whatsapp%3A%2B972541234567&To=whatsapp%3A%2B972721234567&Body=%D7%A9%D7%9C%D7%95%D7%9D\
                &NumMedia=1&MediaUrl0=https%3A%2F%2Fapi.example%2FME1&MediaContentType0=audio%2Fogg&ProfileName=Dana";
    let message = WhatsappMessage::parse(&form(body)).expect("a message");
    assert_eq!(message.from, "+972541234567");
    assert_eq!(message.body, "שלום");
    assert_eq!(message.media.len(), 1);
    assert_eq!(message.media[0].content_type.as_deref(), Some("audio/ogg"));
    assert_eq!(message.dedupe_key(), "whatsapp:SM1");
}
