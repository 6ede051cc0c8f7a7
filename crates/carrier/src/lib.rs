#![doc = include_str!("../README.md")]

pub mod callback;
mod client;
mod error;
mod sid;
pub mod signature;
pub mod twiml;
mod wire;

pub use client::{
    AnswerInstruction, CallList, Client, CreateCall, EndVerb, Ended, ListCalls, METRICS,
    MachineDetection, Settings,
};
pub use domain::call::{AnsweredBy, CallStatus, Direction};
pub use error::{CreateError, DownloadError, Rejection, RejectionClass, RequestError};
pub use sid::{CallSid, InvalidSid, RecordingSid};
pub use wire::{Call, Recording, RecordingStatus};
