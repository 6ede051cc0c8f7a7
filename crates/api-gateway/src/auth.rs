//! Passwords and tokens.

pub(crate) mod device;
pub(crate) mod keys;
pub(crate) mod passwords;
pub(crate) mod throttle;
pub(crate) mod tokens;
