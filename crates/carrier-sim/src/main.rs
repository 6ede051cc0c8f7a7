//! A Twilio-compatible carrier with faults: a program for the demo, a library for tests

fn main() {}
