//! Decides which of a business's own statuses a lead moves to, and writes it

fn main() {}
