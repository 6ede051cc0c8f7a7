//! The whole city against the simulator.

mod bad_weather;
mod breaker;
mod crowd;
mod dashboards;
mod direct;
mod gates;
mod inbound;
mod logs;
mod metrics;
mod opt_out;
mod pace;
mod partitions;
mod reprocess;
mod republish;
mod retention;
mod run;
mod traces;
mod voicemail;
mod webhooks;
mod whatsapp;
mod wishes;
mod world;
