//! One signed request to the client, and its retries by the rules in the address's fragment.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use secrecy::ExposeSecret as _;

use super::fields::Fields;
use crate::calls::Hook;
use crate::report::{RefusedCallback, public_path};
use crate::state::Sim;
use crate::twiml::MAX_DOCUMENT_BYTES;

/// The pause before the first retry; each further one is twice as long, so that five of them (6.2 s) end within the 15 s
/// that the carrier gives a webhook in all. Real time, however fast the calls are played: who has to answer lives in it.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// A request that is to be made.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub hook: Hook,
    pub fields: Fields,
    /// What it is about, for faults and the report.
    pub kind: &'static str,
    pub call_sid: String,
    /// The same on every attempt.
    pub token: String,
}

/// Why an attempt was not accepted, in the words of the fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Connect,
    Read,
    Status(u16),
}

impl Failure {
    fn is_covered_by(self, policy: &RetryPolicy) -> bool {
        let word = match self {
            Self::Connect => "ct",
            Self::Read => "rt",
            Self::Status(400..=499) => "4xx",
            Self::Status(500..=599) => "5xx",
            Self::Status(_) => return false,
        };
        policy.on.contains("all") || policy.on.contains(word)
    }
}

/// Connection overrides: how often to retry, and after what (Twilio, "Connection overrides").
#[derive(Debug, PartialEq, Eq)]
struct RetryPolicy {
    count: u32,
    on: BTreeSet<String>,
}

impl RetryPolicy {
    fn of(url: &str) -> Self {
        let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
        let mut policy = Self {
            count: 1,
            on: BTreeSet::from(["ct".to_owned()]),
        };
        for (key, value) in url::form_urlencoded::parse(fragment.as_bytes()) {
            match key.as_ref() {
                "rc" => policy.count = value.parse().unwrap_or(1).min(5),
                "rp" => policy.on = value.split(',').map(str::to_owned).collect(),
                _ => {}
            }
        }
        policy
    }
}

impl Sim {
    /// Makes the first attempt. The body of the answer, or what is left to try.
    pub(crate) async fn attempt(self: &Arc<Self>, delivery: &Delivery) -> Result<String, bool> {
        let failure = match self.send(delivery).await {
            Ok(body) => return Ok(body),
            Err(failure) => failure,
        };
        let policy = RetryPolicy::of(&delivery.hook.url);
        Err(policy.count > 0 && failure.is_covered_by(&policy))
    }

    /// Makes the attempts after the first.
    pub(crate) async fn retry(self: &Arc<Self>, delivery: &Delivery) -> Option<String> {
        let policy = RetryPolicy::of(&delivery.hook.url);
        for retry in 0..policy.count {
            tokio::select! {
                () = self.stopped.cancelled() => return None,
                () = tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(retry)) => {}
            }
            match self.send(delivery).await {
                Ok(body) => return Some(body),
                Err(failure) if failure.is_covered_by(&policy) => {}
                Err(_) => return None,
            }
        }
        None
    }

    async fn send(&self, delivery: &Delivery) -> Result<String, Failure> {
        self.state().ledger.callbacks().attempts += 1;
        let result = tokio::select! {
            () = self.stopped.cancelled() => return Err(Failure::Read),
            result = self.exchange(delivery) => result,
        };
        if let Err(failure) = result {
            self.state().ledger.refused(RefusedCallback {
                kind: delivery.kind.to_owned(),
                call_sid: delivery.call_sid.clone(),
                path: public_path(&delivery.hook.url),
                status: match failure {
                    Failure::Status(status) => Some(status),
                    Failure::Connect | Failure::Read => None,
                },
            });
        }
        result
    }

    async fn exchange(&self, delivery: &Delivery) -> Result<String, Failure> {
        // The fragment is neither sent nor signed; the rest goes out exactly as the client wrote it.
        let mut url = delivery
            .hook
            .url
            .split('#')
            .next()
            .unwrap_or_default()
            .to_owned();
        let body = encode(&delivery.fields);
        let token = self.config.auth_token.expose_secret();
        let request = if delivery.hook.get {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&body);
            let signature = carrier::signature::sign(token, &url, &[]);
            self.http
                .get(&url)
                .header(carrier::signature::HEADER, signature)
        } else {
            let signature = carrier::signature::sign(token, &url, &delivery.fields);
            self.http
                .post(&url)
                .header(carrier::signature::HEADER, signature)
                .header(
                    "content-type",
                    "application/x-www-form-urlencoded; charset=utf-8",
                )
                .body(body)
        };
        let answer = request
            .header("user-agent", "TwilioProxy/1.1")
            .header("accept", "*/*")
            .header("i-twilio-idempotency-token", &delivery.token)
            .send()
            .await
            .map_err(|error| {
                if error.is_connect() || error.is_builder() {
                    Failure::Connect
                } else {
                    Failure::Read
                }
            })?;
        let status = answer.status();
        if !status.is_success() {
            return Err(Failure::Status(status.as_u16()));
        }
        let mut body = Vec::new();
        let mut answer = answer;
        while let Some(chunk) = answer.chunk().await.map_err(|_| Failure::Read)? {
            // One byte too many is enough to see that the document is too large.
            if body.len() <= MAX_DOCUMENT_BYTES {
                body.extend_from_slice(&chunk);
            }
        }
        Ok(String::from_utf8_lossy(&body).into_owned())
    }
}

/// Form encoding as the real carrier writes it: a space is `%20`, not `+`.
fn encode(fields: &Fields) -> String {
    let part = |text: &str| {
        url::form_urlencoded::byte_serialize(text.as_bytes())
            .collect::<String>()
            .replace('+', "%20")
    };
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", part(name), part(value)))
        .collect::<Vec<_>>()
        .join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_fragment_only_connect_failures_are_retried_once() {
        let policy = RetryPolicy::of("https://a.example/x?y=1");
        assert_eq!(policy.count, 1);
        assert!(Failure::Connect.is_covered_by(&policy));
        assert!(!Failure::Status(503).is_covered_by(&policy));
    }

    #[test]
    fn the_fragment_rules() {
        let policy = RetryPolicy::of("https://a.example/x#rc=9&rp=4xx,rt");
        assert_eq!(policy.count, 5);
        assert!(Failure::Status(404).is_covered_by(&policy));
        assert!(Failure::Read.is_covered_by(&policy));
        assert!(!Failure::Status(500).is_covered_by(&policy));
        let all = RetryPolicy::of("https://a.example/x#rc=2&rp=all");
        assert!(Failure::Status(500).is_covered_by(&all));
        assert!(!Failure::Status(302).is_covered_by(&all));
    }

    #[test]
    fn forms_are_encoded_as_the_carrier_does() {
        let fields = vec![("A b".to_owned(), "+1 ש&=".to_owned())];
        assert_eq!(encode(&fields), "A%20b=%2B1%20%D7%A9%26%3D");
    }
}
