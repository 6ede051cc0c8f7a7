//! What a stranger may post, and what a carrier may answer: any text in any field. A reader says what is wrong or reads; it
//! never stops the process, and what it reads is safe to keep.

use std::collections::BTreeMap;

use carrier::callback::{
    AmdCallback, ParseError, RecordingCallback, StatusCallback, VoiceRequest, WhatsappMessage,
};
use carrier::{Call, CallStatus, Recording, signature};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const FIELDS: [&str; 24] = [
    "CallSid",
    "AccountSid",
    "CallStatus",
    "SequenceNumber",
    "CallDuration",
    "AnsweredBy",
    "SipResponseCode",
    "Timestamp",
    "From",
    "To",
    "Direction",
    "CallbackSource",
    "ParentCallSid",
    "RecordingSid",
    "RecordingUrl",
    "RecordingStatus",
    "RecordingDuration",
    "RecordingChannels",
    "Digits",
    "MessageSid",
    "Body",
    "NumMedia",
    "MediaUrl0",
    "ProfileName",
];

/// Text as a form may carry it once decoded: what the carrier sends, what an attacker sends, and anything.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "(CA|RE|SM)[0-9a-f]{32}",
        2 => "completed|in-progress|busy|human|machine_start|outbound-api|inbound|absent",
        2 => "-?[0-9]{1,25}(\\.[0-9]{0,3})?",
        2 => Just("' OR 1=1 --".to_owned()),
        1 => Just("../../Accounts\r\nX-Injected: 1".to_owned()),
        1 => Just("\u{0}\u{202e}\u{feff}".to_owned()),
        1 => Just("Tue, 31 Feb 99999 99:99:99 +9999".to_owned()),
        4 => any::<String>(),
    ]
}

fn form() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![
        8 => prop::sample::select(FIELDS.as_slice()).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec((name, value()), 0..20)
}

/// Any JSON, some levels deep.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        value().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| { Value::Object(map.into_iter().collect::<Map<_, _>>()) }),
        ]
    })
}

/// What is kept of a callback, and by which key it is kept once.
fn read_all(fields: &[(String, String)]) -> Vec<Result<String, ParseError>> {
    vec![
        StatusCallback::parse(fields).map(|read| read.dedupe_key()),
        RecordingCallback::parse(fields).map(|read| read.dedupe_key()),
        AmdCallback::parse(fields).map(|read| read.dedupe_key()),
        VoiceRequest::parse(fields).map(|read| read.dedupe_key()),
        WhatsappMessage::parse(fields).map(|read| read.dedupe_key()),
    ]
}

proptest! {
    #[test]
    fn any_form_is_read_or_refused_alike_each_time(fields in form()) {
        let first = read_all(&fields);
        prop_assert_eq!(&first, &read_all(&fields));
        for key in first.iter().flatten() {
            let names = ["CallSid", "RecordingSid", "MessageSid", "SmsMessageSid"];
            let by_an_id = fields.iter().any(|(name, value)| names.contains(&name.as_str()) && key.contains(value.as_str()));
            prop_assert!(by_an_id, "{}", key);
        }
        if let Ok(read) = StatusCallback::parse(&fields) {
            prop_assert!(read.call_sid.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
        }
        if let Ok(message) = WhatsappMessage::parse(&fields) {
            prop_assert!(message.media.len() <= 10);
        }
    }

    /// An order that was accepted must never look as if it had not been, whatever else the answer says.
    #[test]
    fn a_call_is_known_by_its_id_whatever_the_other_fields_say(
        fields in prop::collection::btree_map(
            prop::sample::select(vec![
                "status", "to", "from", "direction", "duration", "answered_by", "parent_call_sid", "queue_time",
                "date_created", "start_time", "end_time", "price", "subresource_uris", "uri",
            ]),
            anything(),
            0..14,
        )
    ) {
        let mut answer = json!({ "sid": "CA0123456789abcdef0123456789abcdef" });
        for (name, value) in &fields {
            answer[*name] = value.clone();
        }
        let call: Call = serde_json::from_value(answer.clone()).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(call.sid.as_str(), "CA0123456789abcdef0123456789abcdef");
        // Only a word that says so ends a call.
        let word = fields.get("status").and_then(Value::as_str);
        if call.status.is_terminal() {
            prop_assert_eq!(word, Some(call.status.as_str()));
        }
        answer["call_sid"] = answer["sid"].clone();
        prop_assert!(serde_json::from_value::<Recording>(answer).is_ok());
    }

    #[test]
    fn an_answer_that_is_no_call_is_refused(answer in anything()) {
        // A list is read as the fields in their order.
        let id = answer.get("sid").or_else(|| answer.get(0));
        let known = id.and_then(Value::as_str).is_some();
        prop_assert!(known || serde_json::from_value::<Call>(answer).is_err());
    }

    #[test]
    fn a_signature_holds_for_what_was_signed_and_for_nothing_else(
        url in "https://[a-z]{1,8}\\.example(:[0-9]{2,5})?/[a-z/]{0,10}(\\?[a-z]=[a-z])?",
        fields in prop::collection::btree_map("[A-Z][a-z]{0,6}", value(), 1..8),
        other in "[ -~]{0,40}",
    ) {
        let fields: Vec<(String, String)> = fields.into_iter().collect();
        let signed = signature::sign("the token", &url, &fields);
        prop_assert!(signature::verify("the token", &url, &fields, &signed));
        prop_assert!(!signature::verify("another", &url, &fields, &signed));
        let elsewhere = format!("{url}x");
        prop_assert!(!signature::verify("the token", &elsewhere, &fields, &signed));
        prop_assert!(!signature::verify("the token", &url, &fields[1..], &signed));
        prop_assert!(!signature::verify("the token", &url, &fields, &other));
        let mut changed = fields.clone();
        changed[0].1.push('0');
        prop_assert!(!signature::verify("the token", &url, &changed, &signed));
        let mut added = fields;
        added.push(("CallStatus".to_owned(), "completed".to_owned()));
        prop_assert!(!signature::verify("the token", &url, &added, &signed));
    }
}

/// The words of every status are known, so that the test above means something.
#[test]
fn the_ends_of_a_call_have_their_words() {
    let words: BTreeMap<&str, bool> = ["completed", "busy", "failed", "no-answer", "canceled"]
        .into_iter()
        .map(|word| {
            let call: Call =
                serde_json::from_value(json!({ "sid": "CA1", "status": word })).expect("a call");
            (
                word,
                call.status.is_terminal() && call.status.as_str() == word,
            )
        })
        .collect();
    assert!(words.values().all(|known| *known), "{words:?}");
    assert!(!CallStatus::Initiated.is_terminal());
}
