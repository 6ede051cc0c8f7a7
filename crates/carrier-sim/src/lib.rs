#![doc = include_str!("../README.md")]

mod call_life;
mod callbacks;
mod calls;
mod clock;
mod config;
mod control;
mod faults;
mod marks;
mod recordings;
mod report;
mod rest;
mod running;
mod scripts;
mod speech;
mod state;
mod twiml;
mod twiml_runner;

pub use config::{ConfigError, SimConfig};
pub use control::{Idle, InboundCall, WhatsappMessage};
pub use faults::{Chance, Faults};
pub use report::{
    CallbackReport, CallerReport, DeletedRecording, DialReport, DialledCall, ReceivedCall,
    RecordingReport, RefusedCallback, Report,
};
pub use running::{RunningSim, Simulator, StartError};
pub use scripts::{Analysis, Line, Outcome, Script, Speaker};
