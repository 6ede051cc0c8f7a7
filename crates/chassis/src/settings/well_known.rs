/// A variable that every process of Callboard reads the same way.
#[derive(Debug, Clone, Copy)]
pub struct WellKnown {
    /// Its name.
    pub variable: &'static str,
    /// The field that it sets.
    pub path: &'static str,
    /// Whether it may come from the environment only.
    pub secret: bool,
    /// What to set it to, for a person who has not.
    pub example: &'static str,
}

const fn plain(variable: &'static str, path: &'static str, example: &'static str) -> WellKnown {
    WellKnown {
        variable,
        path,
        secret: false,
        example,
    }
}

const fn secret(variable: &'static str, path: &'static str, example: &'static str) -> WellKnown {
    WellKnown {
        variable,
        path,
        secret: true,
        example,
    }
}

/// The well-known variables. URLs with a password in them are secrets too.
pub const WELL_KNOWN: [WellKnown; 17] = [
    secret(
        "DATABASE_URL",
        "database.url",
        "a PostgreSQL URL such as postgres://user:password@host:5432/callboard",
    ),
    secret(
        "AMQP_URL",
        "broker.url",
        "a RabbitMQ URL such as amqp://user:password@host:5672/callboard",
    ),
    plain(
        "PUBLIC_HOST",
        "public_host",
        "the address that the carrier reaches this system by, such as https://calls.example.com",
    ),
    plain("CALLBOARD_ENV", "environment", "development or production"),
    plain(
        "TWILIO_ACCOUNT_SID",
        "carrier.account_sid",
        "the account of the carrier, AC followed by 32 hexadecimal digits",
    ),
    secret(
        "TWILIO_AUTH_TOKEN",
        "carrier.auth_token",
        "the auth token of the carrier's account",
    ),
    plain(
        "TWILIO_API_BASE",
        "carrier.api_base",
        "the carrier's API, such as https://api.twilio.com",
    ),
    plain(
        "STT_BASE_URL",
        "speech.stt.base_url",
        "an OpenAI-compatible API, such as https://api.openai.com/v1",
    ),
    secret(
        "STT_API_KEY",
        "speech.stt.api_key",
        "the key of the transcription API",
    ),
    plain(
        "STT_MODEL",
        "speech.stt.model",
        "the name of the transcription model",
    ),
    plain(
        "LLM_BASE_URL",
        "speech.llm.base_url",
        "an OpenAI-compatible API, such as https://api.openai.com/v1",
    ),
    secret(
        "LLM_API_KEY",
        "speech.llm.api_key",
        "the key of the language model's API",
    ),
    plain(
        "LLM_MODEL",
        "speech.llm.model",
        "the name of the language model",
    ),
    plain(
        "MEDIA_URL",
        "media_url",
        "where audio is kept, such as file:///var/lib/callboard/media or s3://bucket",
    ),
    secret(
        "SESSION_SECRET",
        "session_secret",
        "at least 32 random bytes, for example from: openssl rand -hex 32",
    ),
    secret(
        "VAPID_PRIVATE_KEY",
        "vapid_private_key",
        "the private key of web push, base64url; make one with: callboard vapid-key",
    ),
    secret(
        "SMTP_PASSWORD",
        "mail.password",
        "the password of the mail server's account",
    ),
];

pub(crate) fn find(variable: &str) -> Option<&'static WellKnown> {
    WELL_KNOWN.iter().find(|known| known.variable == variable)
}
