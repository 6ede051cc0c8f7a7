//! Short texts that leave this system and come back: whoever has one can use it, and nobody can make one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// Signs a text (of characters that stand in a URL) with HMAC-SHA256, for one purpose: what was signed for another does not
/// hold for it.
#[must_use]
pub fn sign(secret: &SecretString, purpose: &str, text: &str) -> String {
    let tag = mac(secret, purpose, text).finalize().into_bytes();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The text of a signed one, where the signature holds.
#[must_use]
pub fn verify<'a>(secret: &SecretString, purpose: &str, signed: &'a str) -> Option<&'a str> {
    let (text, tag) = signed.rsplit_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    mac(secret, purpose, text).verify_slice(&tag).ok()?;
    Some(text)
}

fn mac(secret: &SecretString, purpose: &str, text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(purpose.as_bytes());
    // No purpose has this byte, so that none of them is the beginning of another with its text.
    mac.update(&[0]);
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_holds_with_its_secret_for_its_purpose_and_unchanged() {
        let secret = SecretString::from("a secret of the tests");
        let signed = sign(&secret, "stop", "12.7");
        assert_eq!(verify(&secret, "stop", &signed), Some("12.7"));
        assert_eq!(verify(&secret, "start", &signed), None);
        assert_eq!(
            verify(&SecretString::from("another"), "stop", &signed),
            None
        );
        let (_, tag) = signed.rsplit_once('.').expect("a tag");
        assert_eq!(verify(&secret, "stop", &format!("12.8.{tag}")), None);
        for wrong in ["", ".", "12.7", "12.7.%"] {
            assert_eq!(verify(&secret, "stop", wrong), None, "{wrong:?}");
        }
    }
}
