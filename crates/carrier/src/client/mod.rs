//! The REST client (Twilio's 2010 API, as compatible carriers also speak it).

mod calls;
mod create;
mod measured;
mod recordings;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use url::Url;

pub use calls::{CallList, EndVerb, Ended, ListCalls};
pub(crate) use create::with_retries;
pub use create::{AnswerInstruction, CreateCall, MachineDetection};
pub use measured::METRICS;

use crate::error::{Rejection, RequestError, describe};

/// How long a question about an existing resource may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest JSON answer that is read. A full page of 1000 calls is about 1.5 MB.
const MAX_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Where the carrier is and who we are there.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The account (`AC…`); also the user name of Basic authentication.
    pub account_sid: String,
    /// The account's primary auth token; it also keys the signature of webhooks.
    pub auth_token: SecretString,
    /// Scheme, host and path in front of `/2010-04-01`, for example `https://api.twilio.com` or a region's host.
    pub api_base: Url,
}

/// A client of the carrier for one account. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    settings: Settings,
}

impl Client {
    /// A client over a ready HTTP client. That one must not follow redirects: credentials go to the configured host only.
    #[must_use]
    pub fn new(http: reqwest::Client, settings: Settings) -> Self {
        Self { http, settings }
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The address of `…/Accounts/{account}/{path…}`.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.settings.api_base.clone();
        url.set_query(None);
        url.set_fragment(None);
        // Only `data:` and `mailto:` URLs have no segments; with those every request fails to be sent.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(["2010-04-01", "Accounts", &self.settings.account_sid])
                .extend(path);
        }
        url
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        self.http
            .request(method, url)
            .basic_auth(
                &self.settings.account_sid,
                Some(self.settings.auth_token.expose_secret()),
            )
            .header(header::ACCEPT, "application/json")
            .timeout(REQUEST_TIMEOUT)
    }

    /// True when `url` is on the configured carrier: same scheme, host and port.
    fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.settings.api_base.origin()
    }

    /// Sends and reads a JSON answer.
    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, RequestError> {
        let response = self.accepted(request).await?;
        let body = bounded_body(response)
            .await
            .map_err(RequestError::unavailable)?;
        serde_json::from_slice(&body).map_err(|error| {
            RequestError::unavailable(format!("the answer cannot be read: {error}"))
        })
    }

    /// Sends and sorts the answer by its status; a 2xx is handed on with its body unread.
    async fn accepted(&self, request: RequestBuilder) -> Result<Response, RequestError> {
        let response = request
            .send()
            .await
            .map_err(|error| RequestError::unavailable(describe(error)))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status == StatusCode::NOT_FOUND {
            return Err(RequestError::NotFound);
        }
        if status.is_client_error() {
            return Err(read_rejection(response).await.into());
        }
        Err(RequestError::unavailable(format!("status {status}")))
    }
}

/// Reads a 4xx answer. A body that breaks off leaves a refusal without a code: the status alone is definite.
async fn read_rejection(response: Response) -> Rejection {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let body = bounded_body(response).await.unwrap_or_default();
    Rejection::read(status, retry_after.as_deref(), &body)
}

/// Reads a body up to [`MAX_ANSWER_BYTES`].
async fn bounded_body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(describe)? {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(format!(
                "the answer is larger than {MAX_ANSWER_BYTES} bytes"
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
