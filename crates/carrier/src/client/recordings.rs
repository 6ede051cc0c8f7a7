//! Recordings: which there are, their audio, and their removal.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use reqwest::{Method, Response, StatusCode};
use url::Url;

use super::measured::measured;
use super::{Client, read_rejection};
use crate::error::{DownloadError, RequestError, describe};
use crate::sid::{CallSid, RecordingSid};
use crate::wire::{Recording, RecordingPage};

/// How long a download may take: an hour of telephone audio in two channels is 115 MB.
const DOWNLOAD_TIMEOUT: Duration = Duration::from_secs(300);

/// A call has a handful of recordings; more pages than this are a fault of the carrier.
const MAX_PAGES: usize = 10;

impl Client {
    /// The recordings of one call.
    ///
    /// # Errors
    /// As any request.
    pub async fn list_recordings(
        &self,
        call_sid: &CallSid,
    ) -> Result<Vec<Recording>, RequestError> {
        let mut url = self.url(&["Calls", call_sid.as_str(), "Recordings.json"]);
        let mut recordings = Vec::new();
        for _ in 0..MAX_PAGES {
            let page = self.json(self.request(Method::GET, url));
            let page: RecordingPage = measured("list_recordings", page).await?;
            recordings.extend(page.recordings);
            match page.next_page_uri {
                Some(next) => url = self.next_page(&next)?,
                None => return Ok(recordings),
            }
        }
        Err(RequestError::unavailable(
            "the list of recordings does not end",
        ))
    }

    /// Where the audio of a recording is, as WAV.
    #[must_use]
    pub fn recording_url(&self, sid: &RecordingSid) -> Url {
        self.url(&["Recordings", &format!("{sid}.wav")])
    }

    /// Fetches the audio at the address that a callback named, with both sides of the call in channels of their own where
    /// the carrier has them apart. The stream ends with an error when the connection breaks or the limit is passed: what was
    /// read until then is not a whole recording.
    ///
    /// # Errors
    /// [`DownloadError::ForeignHost`] before anything is sent, when the address is not on the configured carrier.
    pub async fn download_recording(
        &self,
        url: &Url,
        max_bytes: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, DownloadError>>, DownloadError> {
        if !self.is_ours(url) {
            return Err(DownloadError::ForeignHost);
        }
        measured("fetch_recording", self.audio(url, max_bytes)).await
    }

    async fn audio(
        &self,
        url: &Url,
        max_bytes: u64,
    ) -> Result<BoxStream<'static, Result<Bytes, DownloadError>>, DownloadError> {
        let mut response = self.media(url, 2).await?;
        // The carrier's answer when it has only one (Twilio, "Recordings resource", RequestedChannels).
        if response.status() == StatusCode::BAD_REQUEST {
            response = self.media(url, 1).await?;
        }
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Err(DownloadError::NotYet);
        }
        if status.is_client_error() {
            return Err(read_rejection(response).await.into());
        }
        if !status.is_success() {
            return Err(DownloadError::Unavailable {
                reason: format!("status {status}"),
            });
        }
        let too_large = || DownloadError::TooLarge { max_bytes };
        if response
            .content_length()
            .is_some_and(|length| length > max_bytes)
        {
            return Err(too_large());
        }
        let mut seen: u64 = 0;
        Ok(response
            .bytes_stream()
            .map(move |chunk| {
                let chunk = chunk.map_err(unavailable)?;
                seen += chunk.len() as u64;
                if seen > max_bytes {
                    return Err(DownloadError::TooLarge { max_bytes });
                }
                Ok(chunk)
            })
            .boxed())
    }

    /// Asks for the audio in so many channels.
    async fn media(&self, url: &Url, channels: u8) -> Result<Response, DownloadError> {
        let mut url = url.clone();
        url.query_pairs_mut()
            .append_pair("RequestedChannels", &channels.to_string());
        let response = self
            .request(Method::GET, url)
            .header(reqwest::header::ACCEPT, "audio/*")
            .timeout(DOWNLOAD_TIMEOUT)
            .send()
            .await
            .map_err(unavailable)?;
        // The HTTP client is not ours; had it followed a redirect, this would show.
        if !self.is_ours(response.url()) {
            return Err(DownloadError::ForeignHost);
        }
        Ok(response)
    }

    /// Removes a recording at the carrier. One that is gone already is fine.
    ///
    /// # Errors
    /// As any request.
    pub async fn delete_recording(&self, sid: &RecordingSid) -> Result<(), RequestError> {
        let url = self.url(&["Recordings", &format!("{sid}.json")]);
        let deletion = self.accepted(self.request(Method::DELETE, url));
        match measured("delete_recording", deletion).await {
            Ok(_) | Err(RequestError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn unavailable(error: reqwest::Error) -> DownloadError {
    DownloadError::Unavailable {
        reason: describe(error),
    }
}
