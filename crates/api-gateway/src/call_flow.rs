//! What an answered call hears, as a business has set it. The whole call is recorded, since the dialer asks for it with
//! the create, and the flows record nothing of their own; in an inbound call they record the reply or the bridge.

use carrier::twiml::{self, AgentBridge, MessageFlow, Reply, Speech, VoiceAgent};
use domain::messages::{self, Language};
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use crate::extract::Fields;

/// The longest reply, when nothing is said.
const REPLY_SECONDS: u32 = 120;
/// The silence that ends a reply.
const SILENCE_SECONDS: u32 = 5;
/// How long an agent's phone rings, when nothing is said.
const AGENT_RINGS_SECONDS: u32 = 20;
/// The longest text that is spoken.
pub(crate) const LONGEST_TEXT: usize = 2_000;

/// What an answered call hears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CallFlow {
    /// A message, and the reply is recorded.
    Message {
        /// What is said; a greeting in the business's language when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// A WAV or MP3 file that is played instead.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<String>)]
        audio_url: Option<Url>,
        /// The longest reply; 0 records none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_seconds: Option<u32>,
    },
    /// An agent's phone is rung and the two are connected.
    AgentBridge {
        /// The agent's number, E.164.
        agent_number: String,
        /// How long the agent's phone rings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ring_seconds: Option<u32>,
    },
    /// A media stream is connected.
    VoiceAgent {
        /// The WebSocket address (`wss:`), without a query.
        #[schema(value_type = String)]
        stream_url: Url,
    },
    /// The customer's own TwiML answers.
    Custom {
        /// Its address (`https:`).
        #[schema(value_type = String)]
        url: Url,
    },
}

/// What a flow is played to.
pub(crate) struct Stage<'a> {
    /// The business's name.
    pub(crate) business: &'a str,
    /// The business's language.
    pub(crate) language: Language,
    /// Where the carrier asks on after the reply.
    pub(crate) after_reply: &'a Url,
    /// Where a finished recording is reported, when the person called us; none when we called, for then the whole call is
    /// recorded.
    pub(crate) record_to: Option<&'a Url>,
}

impl Stage<'_> {
    const fn greeting(&self) -> &'static str {
        if self.record_to.is_some() {
            "say-greeting-inbound"
        } else {
            "say-greeting"
        }
    }
}

impl CallFlow {
    /// Notes what is wrong with it, as the setting `call_flow`.
    pub(crate) fn validate(&self, fields: &mut Fields) {
        let field = "call_flow";
        match self {
            Self::Message {
                text,
                audio_url,
                reply_seconds,
            } => {
                fields.check_length(text.as_deref(), LONGEST_TEXT, field);
                let web = audio_url
                    .as_ref()
                    .is_none_or(|url| matches!(url.scheme(), "https" | "http"));
                fields.check(web, field, "audio_url must be an https address");
                let bounded = reply_seconds.is_none_or(|seconds| seconds <= 3_600);
                fields.check(bounded, field, "reply_seconds must be at most 3600");
            }
            Self::AgentBridge {
                agent_number,
                ring_seconds,
            } => {
                fields.check(
                    is_e164(agent_number),
                    field,
                    "agent_number must be E.164, for example +972521234567",
                );
                let bounded = ring_seconds.is_none_or(|seconds| (5..=600).contains(&seconds));
                fields.check(bounded, field, "ring_seconds must be 5 to 600");
            }
            Self::VoiceAgent { stream_url } => {
                let sound = stream_url.scheme() == "wss" && stream_url.query().is_none();
                fields.check(
                    sound,
                    field,
                    "stream_url must be a wss address without a query",
                );
            }
            Self::Custom { url } => {
                fields.check(
                    url.scheme() == "https",
                    field,
                    "url must be an https address",
                );
            }
        }
    }

    /// The TwiML of the flow.
    pub(crate) fn twiml(&self, stage: &Stage<'_>) -> String {
        let language = spoken(stage.language);
        let business = [("business", stage.business.into())];
        match self {
            Self::Message {
                text,
                audio_url,
                reply_seconds,
            } => {
                let greeting = text
                    .clone()
                    .filter(|text| !text.trim().is_empty())
                    .unwrap_or_else(|| messages::text(stage.language, stage.greeting(), &business));
                let goodbye = messages::text(stage.language, "say-goodbye", &[]);
                let max_seconds = reply_seconds.unwrap_or(REPLY_SECONDS);
                twiml::message(&MessageFlow {
                    opening: match audio_url {
                        Some(url) => Speech::Play(url),
                        None => Speech::Say {
                            text: &greeting,
                            language,
                        },
                    },
                    reply: (max_seconds > 0).then_some(Reply {
                        action: stage.after_reply,
                        recording_callback: stage.record_to,
                        max_seconds,
                        silence_seconds: SILENCE_SECONDS,
                    }),
                    goodbye: Some(Speech::Say {
                        text: &goodbye,
                        language,
                    }),
                })
            }
            Self::AgentBridge {
                agent_number,
                ring_seconds,
            } => {
                let announcement = messages::text(stage.language, "say-connecting", &business);
                let unavailable = messages::text(stage.language, "say-busy", &business);
                twiml::agent_bridge(&AgentBridge {
                    announcement: Some(Speech::Say {
                        text: &announcement,
                        language,
                    }),
                    agent_number,
                    ring_seconds: ring_seconds.unwrap_or(AGENT_RINGS_SECONDS),
                    recording_callback: stage.record_to,
                    unavailable: Some(Speech::Say {
                        text: &unavailable,
                        language,
                    }),
                })
            }
            Self::VoiceAgent { stream_url } => twiml::voice_agent(&VoiceAgent {
                announcement: None,
                stream_url,
                parameters: &[],
            }),
            Self::Custom { url } => twiml::redirect(url),
        }
    }
}

/// What is said when the reply is over.
pub(crate) fn goodbye(language: Language) -> String {
    let text = messages::text(language, "say-goodbye", &[]);
    twiml::say_and_hang_up(Speech::Say {
        text: &text,
        language: spoken(language),
    })
}

/// What a caller hears when all lines of the business are taken.
pub(crate) fn all_lines_taken(language: Language, business: &str) -> String {
    let text = messages::text(
        language,
        "say-all-lines-taken",
        &[("business", business.into())],
    );
    twiml::say_and_hang_up(Speech::Say {
        text: &text,
        language: spoken(language),
    })
}

/// The BCP 47 tag that the carrier speaks a language by.
const fn spoken(language: Language) -> &'static str {
    match language {
        Language::Hebrew => "he-IL",
        Language::English => "en-US",
    }
}

/// Whether a text is an E.164 number.
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0')
    })
}
