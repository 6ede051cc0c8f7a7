//! Asking about calls, and ending them.

use chrono::NaiveDate;
use reqwest::Method;
use url::Url;

use super::Client;
use super::measured::measured;
use crate::error::RequestError;
use crate::sid::CallSid;
use crate::wire::{Call, CallPage};

/// The carrier's code for an order to a call that is not in a state to obey it.
const INVALID_CALL_STATE: u32 = 21220;

/// Which calls to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListCalls {
    /// Called number, E.164.
    pub to: Option<String>,
    /// Calling number, E.164.
    pub from: Option<String>,
    /// The carrier's word for a status: `queued`, `ringing`, `in-progress`, `completed`, …
    pub status: Option<String>,
    /// Only calls that were dialled on this day (UTC) or later. Calls that still wait in the carrier's queue have no
    /// start time, so this filter can hide them.
    pub started_on_or_after: Option<NaiveDate>,
    /// Calls per page, 1 to 1000.
    pub page_size: u16,
    /// The most pages to read.
    pub max_pages: u16,
}

impl Default for ListCalls {
    fn default() -> Self {
        Self {
            to: None,
            from: None,
            status: None,
            started_on_or_after: None,
            page_size: 100,
            max_pages: 10,
        }
    }
}

/// Calls, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct CallList {
    /// The calls of the pages that were read.
    pub calls: Vec<Call>,
    /// True when the carrier has more pages than `max_pages`: absence from `calls` then proves nothing.
    pub truncated: bool,
}

impl IntoIterator for CallList {
    type Item = Call;
    type IntoIter = std::vec::IntoIter<Call>;

    fn into_iter(self) -> Self::IntoIter {
        self.calls.into_iter()
    }
}

/// How to end a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndVerb {
    /// Only while it is queued or ringing.
    Cancel,
    /// Hang up, also once it was answered.
    Complete,
}

impl EndVerb {
    const fn status(self) -> &'static str {
        match self {
            Self::Cancel => "canceled",
            Self::Complete => "completed",
        }
    }
}

/// What became of an order to a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Ended {
    /// The carrier took the order; the call as it stood then. What follows arrives as callbacks.
    Asked(Box<Call>),
    /// The call was over already (code 21220).
    AlreadyOver,
}

impl Client {
    /// Reads one call.
    ///
    /// # Errors
    /// [`RequestError::NotFound`] for a call that the carrier does not know, or not yet.
    pub async fn fetch_call(&self, sid: &CallSid) -> Result<Call, RequestError> {
        let url = self.url(&["Calls", &format!("{sid}.json")]);
        measured("fetch_call", self.json(self.request(Method::GET, url))).await
    }

    /// Lists calls, newest first, following the carrier's pages.
    ///
    /// # Errors
    /// The first page that fails fails the whole: half a list could hide the call that one looks for.
    pub async fn list_calls(&self, list: &ListCalls) -> Result<CallList, RequestError> {
        let mut url = self.url(&["Calls.json"]);
        {
            let mut query = url.query_pairs_mut();
            query.append_pair("PageSize", &list.page_size.to_string());
            for (name, value) in [
                ("To", &list.to),
                ("From", &list.from),
                ("Status", &list.status),
            ] {
                if let Some(value) = value {
                    query.append_pair(name, value);
                }
            }
            if let Some(day) = list.started_on_or_after {
                query.append_pair("StartTime>", &day.to_string());
            }
        }
        let mut calls = Vec::new();
        for _ in 0..list.max_pages {
            let page = self.json(self.request(Method::GET, url));
            let page: CallPage = measured("list_calls", page).await?;
            calls.extend(page.calls);
            match page.next_page_uri {
                Some(next) => url = self.next_page(&next)?,
                None => {
                    return Ok(CallList {
                        calls,
                        truncated: false,
                    });
                }
            }
        }
        Ok(CallList {
            calls,
            truncated: true,
        })
    }

    /// Orders the end of a call.
    ///
    /// # Errors
    /// As any request; a call that is over already is not an error.
    pub async fn end_call(&self, sid: &CallSid, verb: EndVerb) -> Result<Ended, RequestError> {
        self.update_call(sid, ("Status", verb.status())).await
    }

    /// Sends an answered call to another TwiML document.
    ///
    /// # Errors
    /// As any request; a call that is over already is not an error.
    pub async fn redirect_call(&self, sid: &CallSid, twiml: &str) -> Result<Ended, RequestError> {
        self.update_call(sid, ("Twiml", twiml)).await
    }

    async fn update_call(
        &self,
        sid: &CallSid,
        change: (&str, &str),
    ) -> Result<Ended, RequestError> {
        let url = self.url(&["Calls", &format!("{sid}.json")]);
        let request = self.request(Method::POST, url).form(&[change]);
        match measured("update_call", self.json(request)).await {
            Ok(call) => Ok(Ended::Asked(Box::new(call))),
            Err(RequestError::Rejected(rejection))
                if rejection.code == Some(INVALID_CALL_STATE) =>
            {
                Ok(Ended::AlreadyOver)
            }
            Err(error) => Err(error),
        }
    }

    /// The carrier gives the next page relative to its host; one that leads elsewhere is not followed.
    pub(super) fn next_page(&self, uri: &str) -> Result<Url, RequestError> {
        self.settings
            .api_base
            .join(uri)
            .ok()
            .filter(|url| self.is_ours(url))
            .ok_or_else(|| {
                RequestError::unavailable("the next page is not on the configured carrier")
            })
    }
}
