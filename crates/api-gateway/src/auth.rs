//! Passwords and tokens.

pub(crate) mod passwords;
pub(crate) mod tokens;
