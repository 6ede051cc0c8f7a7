use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use url::Url;
use web_push_native::p256::PublicKey;

/// Browsers leave the padding out, some libraries write it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Not a key of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The public key.
    #[error("must be the browser's public key: an uncompressed point of P-256, base64url")]
    P256dh,
    /// The shared secret.
    #[error("must be the browser's secret: 16 bytes, base64url")]
    Auth,
}

/// Reads `keys.p256dh`: a point of the curve, uncompressed.
///
/// # Errors
/// [`InvalidKey::P256dh`] when it is none.
pub fn read_p256dh(text: &str) -> Result<Vec<u8>, InvalidKey> {
    let bytes = BASE64.decode(text).map_err(|_| InvalidKey::P256dh)?;
    // A compressed point would be one too, and no browser sends it.
    let is_uncompressed = bytes.len() == 65;
    match PublicKey::from_sec1_bytes(&bytes) {
        Ok(_) if is_uncompressed => Ok(bytes),
        _ => Err(InvalidKey::P256dh),
    }
}

/// Reads `keys.auth`: 16 bytes.
///
/// # Errors
/// [`InvalidKey::Auth`] when they are not.
pub fn read_auth(text: &str) -> Result<[u8; 16], InvalidKey> {
    let bytes = BASE64.decode(text).map_err(|_| InvalidKey::Auth)?;
    bytes.try_into().map_err(|_| InvalidKey::Auth)
}

/// A browser that messages can be sent to.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Where its push service takes them.
    pub endpoint: Url,
    public_key: PublicKey,
    auth: [u8; 16],
}

impl Subscription {
    /// A subscription as it was stored.
    ///
    /// # Errors
    /// When the address or a key is none.
    pub fn new(endpoint: &str, p256dh: &[u8], auth: &[u8]) -> anyhow::Result<Self> {
        Ok(Self {
            endpoint: Url::parse(endpoint)?,
            public_key: PublicKey::from_sec1_bytes(p256dh).map_err(|_| InvalidKey::P256dh)?,
            auth: auth.try_into().map_err(|_| InvalidKey::Auth)?,
        })
    }

    /// Encrypts for this browser alone (RFC 8291), with a key pair and a salt of its own each time.
    pub(crate) fn encrypt(&self, text: Vec<u8>) -> anyhow::Result<Vec<u8>> {
        let auth = web_push_native::Auth::clone_from_slice(&self.auth);
        Ok(web_push_native::encrypt(text, &self.public_key, &auth)?)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use testkit::Browser;

    use super::*;

    #[test]
    fn what_is_encrypted_is_read_by_the_browser_and_no_other() {
        let (browser, other) = (Browser::new(), Browser::new());
        let (p256dh, auth) = (
            read_p256dh(&browser.p256dh()).expect("a key"),
            read_auth(&browser.auth()).expect("a secret"),
        );
        let subscription =
            Subscription::new("https://push.example.net/1", &p256dh, &auth).expect("sound");
        let text = "דנה: נסגרה עסקה".as_bytes();
        let sealed = subscription.encrypt(text.to_vec()).expect("encrypts");
        assert_eq!(browser.open(&sealed).as_deref(), Some(text));
        assert_eq!(other.open(&sealed), None);
        let again = subscription.encrypt(text.to_vec()).expect("encrypts");
        assert_ne!(sealed, again, "salt and key pair are new each time");
    }

    #[rstest]
    #[case::empty("")]
    #[case::no_point(&"A".repeat(87))]
    #[case::compressed("A3RVDd7p5bMnN9wNbSJBgwyaWsPcvkrYe3kxFb_YcfOG")]
    #[case::not_base64("%%%")]
    fn what_is_no_public_key_is_refused(#[case] text: &str) {
        assert_eq!(read_p256dh(text), Err(InvalidKey::P256dh));
    }

    #[test]
    fn secrets_have_sixteen_bytes_with_padding_or_without() {
        assert!(read_auth("BTBZMqHH6r4Tts7J_aSIgg").is_ok());
        assert!(read_auth("BTBZMqHH6r4Tts7J_aSIgg==").is_ok());
        assert_eq!(read_auth("BTBZMqHH6r4Tts7J_aSI"), Err(InvalidKey::Auth));
    }
}
