//! TwiML: what the carrier is told to do with a call.
//!
//! The verbs that `twilio-async` knows come from it. Reject, Record and Connect do not exist there, and its Say offers
//! three voices of which none speaks Hebrew; these come from an XML writer of our own. Text, numbers and addresses are
//! arguments and are escaped; no sentence is written here.

mod verbs;

use url::Url;

use crate::client::with_retries;
use verbs::Document;

/// What a call says first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech<'a> {
    /// A sentence, spoken by the carrier.
    Say {
        /// The sentence.
        text: &'a str,
        /// BCP 47: `he-IL`, `en-US`, …
        language: &'a str,
    },
    /// An audio file (WAV or MP3) at a public address.
    Play(&'a Url),
}

/// A message with a recorded reply.
#[derive(Debug, Clone, Copy)]
pub struct MessageFlow<'a> {
    /// What is said or played.
    pub opening: Speech<'a>,
    /// What the person answers; without it the call ends after the opening.
    pub reply: Option<Reply<'a>>,
    /// Said when nothing was answered.
    pub goodbye: Option<Speech<'a>>,
}

/// A reply to record.
#[derive(Debug, Clone, Copy)]
pub struct Reply<'a> {
    /// Where the carrier asks for TwiML when the reply is over. Without one it would ask the present address again, and
    /// the message would never end.
    pub action: &'a Url,
    /// Where the finished recording is reported. `None` where the whole call is recorded anyway: the verb then only listens
    /// until the person has spoken.
    pub recording_callback: Option<&'a Url>,
    /// The longest reply, seconds.
    pub max_seconds: u32,
    /// Silence that ends the reply, seconds.
    pub silence_seconds: u32,
}

/// A call that is connected to a person of the business.
#[derive(Debug, Clone, Copy)]
pub struct AgentBridge<'a> {
    /// Said to the lead before the agent's phone rings.
    pub announcement: Option<Speech<'a>>,
    /// The agent's number, E.164.
    pub agent_number: &'a str,
    /// How long the agent's phone rings, seconds.
    pub ring_seconds: u32,
    /// Record from the agent's answer and report it here.
    pub recording_callback: Option<&'a Url>,
    /// Said when the agent does not answer.
    pub unavailable: Option<Speech<'a>>,
}

/// A call that talks to a voice agent over a media stream.
#[derive(Debug, Clone, Copy)]
pub struct VoiceAgent<'a> {
    /// Said before the stream is connected.
    pub announcement: Option<Speech<'a>>,
    /// The WebSocket address (`wss:`) of the agent. It must have no query: the carrier drops it.
    pub stream_url: &'a Url,
    /// What the agent is told at the start of the stream, names and values.
    pub parameters: &'a [(&'a str, &'a str)],
}

/// Why an inbound call is turned away before it is answered, at no cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RejectReason {
    /// The caller hears the busy tone.
    Busy,
    /// The caller hears that the number is not in service.
    Rejected,
}

/// Says or plays a message and records the reply.
#[must_use]
pub fn message(flow: &MessageFlow<'_>) -> String {
    let mut document = Document::new();
    document.speech(flow.opening);
    if let Some(reply) = flow.reply {
        document.record(
            reply.action.as_str(),
            reply.recording_callback.map(with_retries).as_deref(),
            reply.max_seconds,
            reply.silence_seconds,
        );
        // Reached only when nothing was recorded.
        if let Some(goodbye) = flow.goodbye {
            document.speech(goodbye);
        }
    }
    document.hang_up().finish()
}

/// Connects the call to an agent's phone.
#[must_use]
pub fn agent_bridge(bridge: &AgentBridge<'_>) -> String {
    let mut document = Document::new();
    if let Some(announcement) = bridge.announcement {
        document.speech(announcement);
    }
    let callback = bridge.recording_callback.map(with_retries);
    document.dial(
        bridge.agent_number,
        bridge.ring_seconds,
        callback.as_deref(),
    );
    if let Some(unavailable) = bridge.unavailable {
        document.speech(unavailable);
    }
    document.hang_up().finish()
}

/// Connects the call to a media stream.
#[must_use]
pub fn voice_agent(agent: &VoiceAgent<'_>) -> String {
    let mut document = Document::new();
    if let Some(announcement) = agent.announcement {
        document.speech(announcement);
    }
    document.connect_stream(agent.stream_url.as_str(), agent.parameters);
    document.hang_up().finish()
}

/// Hands the call to the customer's own TwiML.
#[must_use]
pub fn redirect(url: &Url) -> String {
    let mut document = Document::new();
    document.redirect(url.as_str()).finish()
}

/// Turns an inbound call away.
#[must_use]
pub fn reject(reason: RejectReason) -> String {
    let mut document = Document::new();
    document.reject(reason).finish()
}

/// Answers, says something, and hangs up.
#[must_use]
pub fn say_and_hang_up(sentence: Speech<'_>) -> String {
    let mut document = Document::new();
    document.speech(sentence).hang_up().finish()
}

/// Hangs up at once.
#[must_use]
pub fn hangup() -> String {
    Document::new().hang_up().finish()
}
