#![doc = include_str!("../README.md")]

mod breaker;
mod error;
mod follow_up;
mod http;
mod offline;
mod openai;
mod summary;
mod transcribe;
mod unanswered;

pub use breaker::{Breaker, Resting};
pub use error::SpeechError;
pub use offline::Places;
pub use openai::OpenAiSummariser;
pub use summary::{Summariser, Summary, SummaryRequest};
pub use transcribe::{OpenAiTranscriber, Segment, Transcript};
pub use unanswered::{Unanswered, UnknownOutcome, unanswered_summary};
