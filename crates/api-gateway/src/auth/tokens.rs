use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::signed;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// How long a session lasts.
pub(crate) const SESSION_LIFE: chrono::Duration = chrono::Duration::days(14);

/// Makes session tokens, and their hashes under the session secret: who reads the table can neither use a token nor,
/// without the secret, forge a row for one.
pub(crate) struct Tokens {
    secret: SecretString,
}

impl Tokens {
    pub(crate) const fn new(secret: SecretString) -> Self {
        Self { secret }
    }

    /// A new token of 256 random bits, and its hash.
    pub(crate) fn mint(&self) -> (String, [u8; 32]) {
        let token = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
        let hash = self.hash(&token);
        (token, hash)
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
