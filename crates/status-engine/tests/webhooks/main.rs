//! Outgoing webhooks through their doors: events on the broker, a receiver over HTTP, and what the database then says.

mod crash;
mod deliveries;
mod disabling;
mod refused;
mod signatures;
mod turns;
mod world;
