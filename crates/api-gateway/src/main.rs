//! The public door: HTTP API, carrier webhooks, live events

fn main() {}
