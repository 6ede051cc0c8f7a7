//! The gateway as its clients see it: over HTTP, with a database and a broker of its own.

mod auth;
mod corrections;
mod direct;
mod engine;
mod events;
mod gates;
mod inbound;
mod leads;
mod preflight;
mod problems;
mod runs;
mod settings;
mod status_rules;
mod statuses;
mod support;
mod suppressions;
mod tenancy;
mod threshold;
mod time_zones;
mod undo;
mod webhooks;
mod whatsapp;
mod whatsapp_races;
