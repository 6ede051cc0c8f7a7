use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;
use url::Url;

/// How long a token is good for; RFC 8292 allows a day, and clocks differ.
const TOKEN_LIFE: Duration = Duration::hours(12);

/// Not a VAPID key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "VAPID_PRIVATE_KEY is not a private key of P-256 as base64url; make a pair with: callboard vapid-key"
)]
pub struct InvalidVapidKey;

/// The key pair by which push services know this installation (RFC 8292).
#[derive(Clone)]
pub struct VapidKey(SigningKey);

impl VapidKey {
    /// Reads a private key: 32 bytes, base64url.
    ///
    /// # Errors
    /// [`InvalidVapidKey`] when it is none.
    pub fn parse(text: &str) -> Result<Self, InvalidVapidKey> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text.trim().trim_end_matches('='))
            .map_err(|_| InvalidVapidKey)?;
        let secret = SecretKey::from_slice(&bytes).map_err(|_| InvalidVapidKey)?;
        Ok(Self(secret.into()))
    }

    /// A new pair.
    #[must_use]
    pub fn generate() -> Self {
        loop {
            // All but one of 2^32 texts of 32 random bytes are private keys of this curve.
            if let Ok(secret) = SecretKey::from_slice(&rand::random::<[u8; 32]>()) {
                return Self(secret.into());
            }
        }
    }

    /// The private key as [`Self::parse`] reads it.
    #[must_use]
    pub fn private_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_bytes())
    }

    /// The public key as browsers take it (`applicationServerKey`): an uncompressed point, base64url.
    #[must_use]
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().to_encoded_point(false).as_bytes())
    }

    /// The `Authorization` of a request to the push service of `endpoint`: a token for its origin alone, and our public key.
    #[must_use]
    pub fn authorization(
        &self,
        endpoint: &Url,
        contact: Option<&str>,
        now: DateTime<Utc>,
    ) -> String {
        let mut claims = json!({
            "aud": endpoint.origin().ascii_serialization(),
            "exp": (now + TOKEN_LIFE).timestamp(),
        });
        if let Some(contact) = contact {
            claims["sub"] = json!(contact);
        }
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let header = part(&json!({ "typ": "JWT", "alg": "ES256" }));
        let signed = format!("{header}.{}", part(&claims));
        let signature: Signature = self.0.sign(signed.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature.to_bytes());
        format!("vapid t={signed}.{signature}, k={}", self.public_key())
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VapidKey({})", self.public_key())
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    fn endpoint() -> Url {
        Url::parse("https://push.example.net:8443/send/abc?x=1").expect("a URL")
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
    }

    /// Checked by another implementation than the one that signs.
    #[test]
    fn a_token_is_for_one_push_service_and_holds_against_the_public_key() {
        let key = VapidKey::generate();
        let header = key.authorization(&endpoint(), Some("mailto:ops@example.com"), now());
        let (token, public) = header
            .strip_prefix("vapid t=")
            .and_then(|rest| rest.split_once(", k="))
            .expect("both parts");
        assert_eq!(public, key.public_key());
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(public))
            .verify(signed.as_bytes(), &decode(signature))
            .expect("the signature holds");
        let (header, claims) = signed.split_once('.').expect("two parts");
        let json = |text: &str| serde_json::from_slice::<Value>(&decode(text)).expect("JSON");
        assert_eq!(json(header), json!({ "typ": "JWT", "alg": "ES256" }));
        assert_eq!(
            json(claims),
            json!({
                "aud": "https://push.example.net:8443",
                "exp": 1_795_000_000 + 12 * 3600,
                "sub": "mailto:ops@example.com",
            })
        );
    }

    #[test]
    fn a_key_is_read_back_and_anything_else_refused() {
        let key = VapidKey::generate();
        let again = VapidKey::parse(&key.private_key()).expect("reads");
        assert_eq!(again.public_key(), key.public_key());
        assert!(!format!("{key:?}").contains(&key.private_key()));
        for wrong in [
            "",
            "abc",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "!",
        ] {
            assert!(VapidKey::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
