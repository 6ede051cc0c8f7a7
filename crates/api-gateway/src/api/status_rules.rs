//! The rules by which conversations move leads.

pub(crate) mod simulate;
