//! Signatures as of Standard Webhooks 1.0.0 (standardwebhooks.com), symmetric: `v1,` and the base64 of the HMAC-SHA256 of
//! id, timestamp and body with dots between them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What every secret starts with; base64 of the key follows.
const MARK: &str = "whsec_";

/// The value of `webhook-signature`: one signature per secret, with spaces between them. None when a secret is none.
pub(super) fn signatures(
    secrets: &[String],
    id: &str,
    timestamp: i64,
    body: &str,
) -> Option<String> {
    let signed: Option<Vec<String>> = secrets
        .iter()
        .map(|secret| {
            let key = STANDARD.decode(secret.strip_prefix(MARK)?).ok()?;
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
            mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
            Some(format!(
                "v1,{}",
                STANDARD.encode(mac.finalize().into_bytes())
            ))
        })
        .collect();
    signed
        .filter(|signed| !signed.is_empty())
        .map(|signed| signed.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's reference implementations.
    #[test]
    fn a_known_message_has_the_known_signature() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned();
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let signed = signatures(
            std::slice::from_ref(&secret),
            id,
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        let known = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed.as_deref(), Some(known));
        let twice = signatures(
            &[secret.clone(), secret],
            id,
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(twice, Some(format!("{known} {known}")));
    }

    #[test]
    fn nothing_is_sent_unsigned() {
        assert_eq!(signatures(&[], "a", 1, "{}"), None);
        assert_eq!(signatures(&["whsec_*".to_owned()], "a", 1, "{}"), None);
    }
}
