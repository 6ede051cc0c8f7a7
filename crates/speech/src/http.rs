//! What both speech requests share: the address, the key, and reading an answer within limits.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use crate::SpeechError;

/// A server's explanation is kept up to here.
const MESSAGE_CHARS: usize = 200;
/// A server that asks to be left alone for longer is asked again after this.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// An OpenAI-compatible server.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    http: reqwest::Client,
    url: Url,
    api_key: Option<SecretString>,
    /// From the start of a request to the last byte of its answer.
    timeout: Duration,
}

impl Endpoint {
    /// `path` is behind `/v1`; the base may be given with or without it.
    pub fn new(
        http: reqwest::Client,
        base: &Url,
        path: &str,
        api_key: Option<SecretString>,
        timeout: Duration,
    ) -> Self {
        let root = base.path().trim_end_matches('/');
        let version = if root.ends_with("/v1") { "" } else { "/v1" };
        let mut url = base.clone();
        url.set_path(&format!("{root}{version}/{path}"));
        Self {
            http,
            url,
            api_key,
            timeout,
        }
    }

    /// Sends what `fill` adds to a POST and returns the body of a 2xx answer.
    pub async fn post(
        &self,
        limit_bytes: usize,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Vec<u8>, SpeechError> {
        let mut request = self.http.post(self.url.clone()).timeout(self.timeout);
        if let Some(traceparent) = observe::trace::parent_for(self.url.host_str()) {
            request = request.header(observe::trace::TRACEPARENT, traceparent);
        }
        if let Some(key) = &self.api_key {
            request = request.bearer_auth(key.expose_secret());
        }
        let response = fill(request).send().await.map_err(failure)?;
        let status = response.status();
        let retry_after = retry_after(&response);
        let body = read(response, limit_bytes).await;
        match status {
            _ if status.is_success() => body,
            StatusCode::TOO_MANY_REQUESTS => Err(SpeechError::Busy { retry_after }),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(SpeechError::Unauthorised {
                http_status: status.as_u16(),
            }),
            StatusCode::REQUEST_TIMEOUT => Err(SpeechError::Unavailable {
                reason: "HTTP 408".to_owned(),
            }),
            _ if status.is_client_error() => Err(SpeechError::Rejected {
                http_status: status.as_u16(),
                message: message(&body.unwrap_or_default()),
            }),
            _ => Err(SpeechError::Unavailable {
                reason: format!("HTTP {}", status.as_u16()),
            }),
        }
    }
}

/// `Retry-After` in seconds (RFC 9110, 10.2.3); its other form, a date, is not met at these servers.
fn retry_after(response: &Response) -> Option<Duration> {
    let header = response.headers().get(reqwest::header::RETRY_AFTER)?;
    let seconds: u64 = header.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
}

/// A request that was not connected was certainly not processed; after that, nothing is certain.
fn failure(error: reqwest::Error) -> SpeechError {
    if error.is_connect() || error.is_builder() {
        SpeechError::Unavailable {
            reason: "no connection".to_owned(),
        }
    } else {
        let reason = if error.is_timeout() {
            "no answer in time"
        } else {
            "the connection broke"
        };
        SpeechError::NoAnswer {
            reason: reason.to_owned(),
        }
    }
}

async fn read(mut response: Response, limit_bytes: usize) -> Result<Vec<u8>, SpeechError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len() + chunk.len() > limit_bytes {
            return Err(SpeechError::TooLarge { limit_bytes });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `error.message` of an OpenAI error, else the text as it is; cut short.
fn message(body: &[u8]) -> String {
    let json: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let told = json
        .as_ref()
        .and_then(|json| json["error"]["message"].as_str());
    let text = told.map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned);
    text.chars().take(MESSAGE_CHARS).collect()
}
