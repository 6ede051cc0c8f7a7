use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::signed;
use chrono::{DateTime, Duration, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sha2::Sha256;
use storage::session_tokens::NewToken;
use storage::sessions::Kind;
use utoipa::ToSchema;

/// How long a session lasts, and with it the refresh tokens.
pub(crate) const SESSION_LIFE: Duration = Duration::days(14);
/// How long an access token lasts.
const ACCESS_LIFE: Duration = Duration::minutes(15);

/// What a client works with that keeps no cookie.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientTokens {
    /// For `Authorization: Bearer`, for a quarter of an hour.
    access_token: String,
    /// Until when.
    expires_at: DateTime<Utc>,
    /// For `POST /api/auth/refresh`, once. Keep it as a password is kept.
    refresh_token: String,
    /// Until when; then one has to sign in again.
    refresh_expires_at: DateTime<Utc>,
}

/// Tokens, and what is stored of them.
pub(crate) struct Pair {
    pub(crate) shown: ClientTokens,
    pub(crate) stored: [NewToken; 2],
}

/// Makes tokens, and their hashes under the session secret: who reads the table can neither use a token nor,
/// without the secret, forge a row for one.
pub(crate) struct Tokens {
    secret: SecretString,
}

impl Tokens {
    pub(crate) const fn new(secret: SecretString) -> Self {
        Self { secret }
    }

    /// A new token of 256 random bits, and its hash. What it is for can be seen of it, so that a leaked one is recognised.
    pub(crate) fn mint(&self, kind: Kind) -> (String, [u8; 32]) {
        let mark = match kind {
            Kind::Session => "cbs",
            Kind::Access => "cba",
            Kind::Refresh => "cbr",
        };
        let random = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let token = format!("{mark}_{random}");
        let hash = self.hash(&token);
        (token, hash)
    }

    /// New tokens for a client of a session that lasts until `session_ends`.
    pub(crate) fn mint_pair(&self, now: DateTime<Utc>, session_ends: DateTime<Utc>) -> Pair {
        let (access_token, access_hash) = self.mint(Kind::Access);
        let (refresh_token, refresh_hash) = self.mint(Kind::Refresh);
        let expires_at = session_ends.min(now + ACCESS_LIFE);
        let stored = [
            NewToken {
                kind: Kind::Access,
                hash: access_hash,
                expires_at,
            },
            NewToken {
                kind: Kind::Refresh,
                hash: refresh_hash,
                expires_at: session_ends,
            },
        ];
        Pair {
            shown: ClientTokens {
                access_token,
                expires_at,
                refresh_token,
                refresh_expires_at: session_ends,
            },
            stored,
        }
    }

    /// What is stored of a token, or of anything else that its plain hash would tell too much of.
    pub(crate) fn hash(&self, token: impl AsRef<[u8]>) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes())
            .expect("HMAC takes a key of any length");
        mac.update(token.as_ref());
        mac.finalize().into_bytes().into()
    }

    /// The text of a link that was signed for this purpose with the same secret.
    pub(crate) fn unsign<'a>(&self, purpose: &str, signed: &'a str) -> Option<&'a str> {
        signed::verify(&self.secret, purpose, signed)
    }
}
