use std::time::Duration;

/// Why a speech server gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    /// The key is refused (HTTP 401, 403): for the operator to put right. What the server says is not kept, it may quote the
    /// key.
    #[error("the speech server refuses the key (HTTP {http_status})")]
    Unauthorised {
        /// 401 or 403.
        http_status: u16,
    },
    /// A definite no (another HTTP 4xx): an unknown model, audio that cannot be read or is too long.
    #[error("the speech server refused the request with HTTP {http_status}: {message}")]
    Rejected {
        /// 400 to 499.
        http_status: u16,
        /// What the server says, cut short.
        message: String,
    },
    /// Too many requests (429), or no quota left.
    #[error("the speech server asks to slow down")]
    Busy {
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It could not be reached, or answered that it cannot (5xx): nothing was processed.
    #[error("the speech server is not available: {reason}")]
    Unavailable {
        /// What happened, without the address.
        reason: String,
    },
    /// It was reached and gave no answer, or not the whole of it: the request may have been processed, and paid for.
    #[error("the speech server did not answer: {reason}")]
    NoAnswer {
        /// What happened, without the address.
        reason: String,
    },
    /// It has failed so often that it is left alone for a while; nothing was sent.
    #[error("the speech server is out of order and is asked again later")]
    Resting,
    /// The answer is larger than anything sensible.
    #[error("the speech server's answer is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// The answer is not what was asked for.
    #[error("the speech server's answer cannot be read: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
}

impl SpeechError {
    /// True when the same request may succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Busy { .. }
            | Self::Unavailable { .. }
            | Self::NoAnswer { .. }
            | Self::Resting => true,
            Self::Unauthorised { .. }
            | Self::Rejected { .. }
            | Self::TooLarge { .. }
            | Self::Malformed { .. } => false,
        }
    }

    /// True when the server has, or may have, done the work: then it has to be paid for.
    #[must_use]
    pub const fn may_cost(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::TooLarge { .. } | Self::Malformed { .. } => true,
            Self::Unauthorised { .. }
            | Self::Rejected { .. }
            | Self::Busy { .. }
            | Self::Unavailable { .. }
            | Self::Resting => false,
        }
    }

    /// One word, for counting.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Unauthorised { .. } => "unauthorised",
            Self::Rejected { .. } => "rejected",
            Self::Busy { .. } => "busy",
            Self::Unavailable { .. } => "unavailable",
            Self::NoAnswer { .. } => "no_answer",
            Self::Resting => "resting",
            Self::TooLarge { .. } => "too_large",
            Self::Malformed { .. } => "malformed",
        }
    }
}
