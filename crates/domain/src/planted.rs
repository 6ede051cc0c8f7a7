//! Bugs that are planted to see whether a fault campaign finds them (`scripts/chaos --teeth`): each is one condition at the
//! place where the promise is held, and `PLANTED_BUG` names the one that is alive. Without the feature `planted-bugs` there
//! are none.

/// Whether this bug is alive.
#[cfg(feature = "planted-bugs")]
#[must_use]
pub fn bug(name: &str) -> bool {
    use std::sync::LazyLock;

    #[expect(
        clippy::disallowed_methods,
        reason = "no setting: what is alive in a test must not be readable from a file"
    )]
    static ALIVE: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("PLANTED_BUG").ok());
    ALIVE.as_deref() == Some(name)
}

/// Whether this bug is alive.
#[cfg(not(feature = "planted-bugs"))]
#[must_use]
pub const fn bug(_: &str) -> bool {
    false
}
