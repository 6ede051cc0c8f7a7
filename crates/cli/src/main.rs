//! The `callboard` command: migrations, administration, verification

fn main() {}
