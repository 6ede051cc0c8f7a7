//! The document and its verbs.

use quick_xml::Writer;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use twilio_async::twiml::{Dial, Hangup, Play, Record as DialRecord, Redirect, Say, Twiml, Voice};

use super::{RejectReason, Speech};

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// The carrier's voice for Hebrew; none of `man`, `woman` and `alice` speaks it (Twilio, "Text-to-Speech").
const HEBREW_VOICE: &str = "Google.he-IL-Wavenet-A";

/// A TwiML document under construction.
pub(super) struct Document(String);

impl Document {
    pub(super) fn new() -> Self {
        Self(format!("{DECLARATION}<Response>"))
    }

    pub(super) fn finish(&mut self) -> String {
        format!("{}</Response>", self.0)
    }

    pub(super) fn speech(&mut self, speech: Speech<'_>) -> &mut Self {
        match speech {
            Speech::Play(url) => self.library_verb(&Play::new(url.as_str())),
            Speech::Say { text, language } if language.starts_with("he") => self.own_verb(
                "Say",
                &[("voice", HEBREW_VOICE), ("language", language)],
                &[],
                Some(&printable(text)),
            ),
            Speech::Say { text, language } => self.library_verb(
                &Say::new(&printable(text))
                    .lang(language)
                    .voice(Voice::alice),
            ),
        }
    }

    pub(super) fn dial(
        &mut self,
        number: &str,
        ring_seconds: u32,
        recording_callback: Option<&str>,
    ) -> &mut Self {
        let ring = usize::try_from(ring_seconds).unwrap_or(usize::MAX);
        let mut dial = Dial::new(number).timeout(ring);
        if let Some(callback) = recording_callback {
            dial = dial
                .record(DialRecord::RecordFromAnswer)
                .recording_callback(callback);
        }
        self.library_verb(&dial)
    }

    pub(super) fn redirect(&mut self, url: &str) -> &mut Self {
        self.library_verb(&Redirect::new(url))
    }

    pub(super) fn hang_up(&mut self) -> &mut Self {
        self.library_verb(&Hangup::new())
    }

    pub(super) fn reject(&mut self, reason: RejectReason) -> &mut Self {
        let word = match reason {
            RejectReason::Busy => "busy",
            RejectReason::Rejected => "rejected",
        };
        self.own_verb("Reject", &[("reason", word)], &[], None)
    }

    pub(super) fn record(
        &mut self,
        action: &str,
        callback: Option<&str>,
        max_seconds: u32,
        silence_seconds: u32,
    ) -> &mut Self {
        let (max_length, timeout) = (max_seconds.to_string(), silence_seconds.to_string());
        let mut attributes = vec![
            ("action", action),
            ("method", "POST"),
            ("maxLength", max_length.as_str()),
            ("timeout", timeout.as_str()),
            ("playBeep", "true"),
        ];
        if let Some(callback) = callback {
            attributes.push(("recordingStatusCallback", callback));
            attributes.push(("recordingStatusCallbackEvent", "completed absent"));
        }
        self.own_verb("Record", &attributes, &[], None)
    }

    pub(super) fn connect_stream(&mut self, url: &str, parameters: &[(&str, &str)]) -> &mut Self {
        self.0.push_str("<Connect>");
        self.own_verb("Stream", &[("url", url)], parameters, None);
        self.0.push_str("</Connect>");
        self
    }

    /// A verb of `twilio-async`, which escapes what it is given.
    fn library_verb(&mut self, verb: &impl Twiml) -> &mut Self {
        let xml = verb
            .build()
            .expect("XML is written to memory, and characters that XML forbids were removed");
        self.0.push_str(&xml);
        self
    }

    /// A verb that `twilio-async` lacks; `parameters` become `<Parameter name value/>` children.
    fn own_verb(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        parameters: &[(&str, &str)],
        text: Option<&str>,
    ) -> &mut Self {
        let start = |name: &str, attributes: &[(&str, &str)]| {
            BytesStart::new(name.to_owned())
                .with_attributes(attributes.iter().copied())
                .into_owned()
        };
        let mut events = Vec::new();
        if parameters.is_empty() && text.is_none() {
            events.push(Event::Empty(start(name, attributes)));
        } else {
            events.push(Event::Start(start(name, attributes)));
            for (key, value) in parameters {
                let pair = [("name", *key), ("value", *value)];
                events.push(Event::Empty(start("Parameter", &pair)));
            }
            events.extend(text.map(|text| Event::Text(BytesText::new(text))));
            events.push(Event::End(BytesEnd::new(name.to_owned())));
        }
        let mut writer = Writer::new(Vec::new());
        for event in events {
            writer
                .write_event(event)
                .expect("writing to memory does not fail");
        }
        let xml = String::from_utf8(writer.into_inner()).expect("only text was written");
        self.0.push_str(&xml);
        self
    }
}

/// Without the characters that no XML document may hold, escaped or not (XML 1.0, 2.2).
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| {
            matches!(c, '\t' | '\n' | '\r')
                || !(c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'))
        })
        .collect()
}
