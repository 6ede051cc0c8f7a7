/// Why a speech server gave no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpeechError {
    /// A definite no (HTTP 4xx): a wrong key, an unknown model, audio that cannot be read.
    #[error("the speech server refused the request with HTTP {http_status}: {message}")]
    Rejected {
        /// 400 to 499.
        http_status: u16,
        /// What the server says, cut short.
        message: String,
    },
    /// Too many requests (429), or no quota left.
    #[error("the speech server asks to slow down")]
    Busy,
    /// No answer, or a server error (5xx).
    #[error("the speech server is not available: {reason}")]
    Unavailable {
        /// What happened, without the address.
        reason: String,
    },
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
            Self::Busy | Self::Unavailable { .. } => true,
            Self::Rejected { .. } | Self::TooLarge { .. } | Self::Malformed { .. } => false,
        }
    }
}
