//! Against a real broker and a real database: what the outbox, the relay and the consumers promise.

mod consuming;
mod end_to_end;
mod failing;
mod outages;
mod republishing;
mod retrying;
mod watching;
mod world;
