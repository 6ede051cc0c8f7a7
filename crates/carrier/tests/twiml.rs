//! The documents that call flows send, exactly as the carrier receives them.

use carrier::twiml::{
    AgentBridge, MessageFlow, RejectReason, Reply, Speech, VoiceAgent, agent_bridge, hangup,
    message, redirect, reject, say_and_hang_up, voice_agent,
};
use url::Url;

const HEBREW: Speech<'static> = Speech::Say {
    text: "שלום, \"דנה\" <כאן> & עוד",
    language: "he-IL",
};
const ENGLISH: Speech<'static> = Speech::Say {
    text: "Tom & Co. <hello>",
    language: "en-US",
};

fn url(text: &str) -> Url {
    text.parse().expect("a URL")
}

#[test]
fn a_message_in_hebrew_with_a_recorded_reply() {
    let action = url("https://calls.example/answer/1?step=2&x=1");
    let recording = url("https://calls.example/recording/1");
    let xml = message(&MessageFlow {
        opening: HEBREW,
        reply: Some(Reply {
            action: &action,
            recording_callback: Some(&recording),
            max_seconds: 60,
            silence_seconds: 4,
        }),
        goodbye: Some(Speech::Say {
            text: "להתראות",
            language: "he-IL",
        }),
    });
    insta::assert_snapshot!(xml);
}

#[test]
fn a_message_in_english_without_a_reply() {
    insta::assert_snapshot!(message(&MessageFlow {
        opening: ENGLISH,
        reply: None,
        goodbye: None
    }));
}

#[test]
fn a_message_from_a_file() {
    let audio = url("https://cdn.example/a.mp3?x=1&y=2");
    insta::assert_snapshot!(message(&MessageFlow {
        opening: Speech::Play(&audio),
        reply: None,
        goodbye: None,
    }));
}

#[test]
fn a_bridge_to_an_agent() {
    let recording = url("https://calls.example/recording/1");
    insta::assert_snapshot!(agent_bridge(&AgentBridge {
        announcement: Some(HEBREW),
        agent_number: "+972541234567",
        ring_seconds: 25,
        recording_callback: Some(&recording),
        unavailable: Some(ENGLISH),
    }));
}

#[test]
fn a_bridge_without_a_recording() {
    insta::assert_snapshot!(agent_bridge(&AgentBridge {
        announcement: None,
        agent_number: "+972541234567",
        ring_seconds: 25,
        recording_callback: None,
        unavailable: None,
    }));
}

#[test]
fn a_voice_agent() {
    let stream = url("wss://agent.example/stream");
    insta::assert_snapshot!(voice_agent(&VoiceAgent {
        announcement: None,
        stream_url: &stream,
        parameters: &[("attempt", "a\"b<c>"), ("language", "he-IL")],
    }));
}

#[test]
fn the_short_ones() {
    let own = url("https://customer.example/twiml?a=1&b=2");
    let all = [
        redirect(&own),
        reject(RejectReason::Busy),
        reject(RejectReason::Rejected),
        say_and_hang_up(ENGLISH),
        hangup(),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn characters_that_xml_forbids_are_dropped() {
    for language in ["he-IL", "en-US"] {
        let xml = say_and_hang_up(Speech::Say {
            text: "a\u{0}b\u{8}c\u{FFFF}d",
            language,
        });
        assert!(xml.contains(">abcd</Say>"), "{xml}");
    }
}
