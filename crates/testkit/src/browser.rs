use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A browser that pushes are encrypted for: the receiver's part of RFC 8291, by another implementation (AWS-LC) than the one
/// that encrypts.
#[derive(Debug)]
pub struct Browser {
    private: PrivateKey,
    auth: [u8; 16],
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Default for Browser {
    fn default() -> Self {
        Self::new()
    }
}

impl Browser {
    /// One with new keys.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn new() -> Self {
        Self {
            private: PrivateKey::generate(&ECDH_P256).expect("a key"),
            auth: rand::random(),
        }
    }

    /// One with keys that are known: base64url.
    ///
    /// # Panics
    /// When they are none.
    #[must_use]
    pub fn with_keys(private: &str, auth: &str) -> Self {
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
        Self {
            private: PrivateKey::from_private_key(&ECDH_P256, &decode(private)).expect("a key"),
            auth: decode(auth).try_into().expect("16 bytes"),
        }
    }

    /// `keys.p256dh` of its subscription.
    #[must_use]
    pub fn p256dh(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.public_key())
    }

    /// `keys.auth` of its subscription.
    #[must_use]
    pub fn auth(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.auth)
    }

    fn public_key(&self) -> Vec<u8> {
        let public = self.private.compute_public_key().expect("a key has one");
        public.as_ref().to_vec()
    }

    /// What a message says; none when it is not for this browser, or no message.
    #[must_use]
    pub fn open(&self, message: &[u8]) -> Option<Vec<u8>> {
        // RFC 8188: salt, record size, and the sender's public key as the key id; then one record.
        let (salt, rest) = message.split_at_checked(16)?;
        let (size, rest) = rest.split_at_checked(4)?;
        let (length, rest) = rest.split_first()?;
        let (sender, record) = rest.split_at_checked(usize::from(*length))?;
        let size = u32::from_be_bytes(size.try_into().ok()?);
        if record.len() > usize::try_from(size).ok()? {
            return None;
        }
        let peer = UnparsedPublicKey::new(&ECDH_P256, sender);
        let shared = agree(&self.private, peer, (), |shared| Ok(shared.to_vec())).ok()?;
        let info = [b"WebPush: info\0", self.public_key().as_slice(), sender].concat();
        let ikm = expand(&self.auth, &shared, &info, 32);
        let key = expand(salt, &ikm, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = expand(salt, &ikm, b"Content-Encoding: nonce\0", 12);
        let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?);
        let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
        let mut record = record.to_vec();
        let text = key.open_in_place(nonce, Aad::empty(), &mut record).ok()?;
        // The last record ends with a 2 and padding.
        let end = text.iter().rposition(|byte| *byte != 0)?;
        (text[end] == 2).then(|| text[..end].to_vec())
    }
}

fn expand(salt: &[u8], secret: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let prk = Salt::new(HKDF_SHA256, salt).extract(secret);
    let mut key = vec![0; length];
    let info = [info];
    let okm = prk.expand(&info, Length(length)).expect("a short key");
    okm.fill(&mut key).expect("of that length");
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8291, appendix A.
    #[test]
    fn the_example_of_the_standard_is_read() {
        let browser = Browser::with_keys(
            "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94",
            "BTBZMqHH6r4Tts7J_aSIgg",
        );
        assert_eq!(
            browser.p256dh(),
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
        );
        let message = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
                       EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        let message = URL_SAFE_NO_PAD.decode(message).expect("base64url");
        assert_eq!(
            browser.open(&message).as_deref(),
            Some(b"When I grow up, I want to be a watermelon".as_slice())
        );
    }
}
