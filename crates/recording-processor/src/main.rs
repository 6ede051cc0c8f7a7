//! From the end of a conversation to a suggested status

fn main() {}
