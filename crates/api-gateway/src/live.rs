//! Live events: what the broker says, completed to whole snapshots and fanned out to the streams of the business that it is
//! about. Level-triggered: every event carries the state of what changed as it is now, so one that comes twice harms nobody,
//! and a stream that missed some reads everything again.
//!
//! ```text
//! broker ─► Hub::hear ─► pump: one read per event, however many listen ─► the business's ring ─► its streams
//! ```
//!
//! Every replica hears every event on a queue of its own. It remembers those of the businesses that have a stream here, or
//! had one lately, in a ring of bounded size; a stream is a place in that ring. So a client that comes back, to this replica
//! or another one, goes on from the `Last-Event-ID` that it shows where that is still known, and else hears `resync`; so does
//! a stream that reads too slowly.

mod authority;
mod hub;
mod news;
mod place;
mod pump;
mod ring;
mod snapshots;
mod stream;

pub(crate) use authority::{Credential, check_guests};
pub(crate) use hub::{Hub, Opening, Receiver, channel};
pub(crate) use news::{Kind, Kinds};
pub(crate) use pump::run;

#[cfg(test)]
mod tests;
