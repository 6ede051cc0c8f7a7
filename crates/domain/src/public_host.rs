//! The public address that the carrier reaches us under, and the webhook addresses below it. The dialer hands them out
//! and the gateway checks signatures over them, so both read them here.

use std::fmt;

use crate::ids::AttemptId;

/// The public origin of the gateway, for example `https://calls.example.com`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicHost(String);

/// Not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a public host; give it as calls.example.com or https://calls.example.com")]
pub struct InvalidPublicHost(String);

impl PublicHost {
    /// Reads `https://host[:port]`, `http://host[:port]`, or a bare `host[:port]`, which means https.
    ///
    /// # Errors
    /// When it is empty or has a path, a query, user information or white space.
    pub fn parse(text: &str) -> Result<Self, InvalidPublicHost> {
        let text = text.trim().trim_end_matches('/');
        let (scheme, host) = text.split_once("://").unwrap_or(("https", text));
        let sound = matches!(scheme, "https" | "http")
            && !host.is_empty()
            && host
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
        if sound {
            Ok(Self(format!("{scheme}://{host}")))
        } else {
            Err(InvalidPublicHost(text.to_owned()))
        }
    }

    /// The address of `path_and_query`, which starts with a slash, as the carrier sees it.
    #[must_use]
    pub fn url(&self, path_and_query: &str) -> String {
        format!("{}{path_and_query}", self.0)
    }

    /// Where the carrier asks what to do with an answered call.
    #[must_use]
    pub fn answer_url(&self, attempt: AttemptId) -> String {
        self.url(&format!("/webhooks/twilio/voice/answer/{attempt}"))
    }

    /// Where the carrier reports the status of a call.
    #[must_use]
    pub fn status_url(&self, attempt: AttemptId) -> String {
        self.url(&format!("/webhooks/twilio/status/{attempt}"))
    }

    /// Where the carrier reports a finished recording.
    #[must_use]
    pub fn recording_url(&self, attempt: AttemptId) -> String {
        self.url(&format!("/webhooks/twilio/recording/{attempt}"))
    }

    /// Where the carrier reports who picked up.
    #[must_use]
    pub fn amd_url(&self, attempt: AttemptId) -> String {
        self.url(&format!("/webhooks/twilio/amd/{attempt}"))
    }
}

impl fmt::Display for PublicHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("calls.example.com", "https://calls.example.com")]
    #[case("https://calls.example.com/", "https://calls.example.com")]
    #[case("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    fn an_origin_is_read(#[case] text: &str, #[case] origin: &str) {
        assert_eq!(
            PublicHost::parse(text).map(|host| host.to_string()),
            Ok(origin.to_owned())
        );
    }

    #[rstest]
    #[case("")]
    #[case("ftp://calls.example.com")]
    #[case("https://user@calls.example.com")]
    #[case("https://calls.example.com/path")]
    #[case("calls example com")]
    fn anything_else_is_refused(#[case] text: &str) {
        assert!(PublicHost::parse(text).is_err());
    }
}
