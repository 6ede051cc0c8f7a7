//! The rules by which automation moves leads, and how well they do.

pub(crate) mod corrections;
pub(crate) mod simulate;
