//! Takes slots, creates calls at the carrier, follows them to their end

fn main() {}
