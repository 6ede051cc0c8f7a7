//! What the carrier saw: the judge of every promise about calls.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::calls::{CallPlan, Status};

/// What happened since the start or the last reset. A call is in the air from its accepted create (or the start of an
/// inbound call) until its terminal moment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Report {
    /// Accepted creates, whatever the client was told.
    pub calls_created: u64,
    /// Inbound calls.
    pub calls_inbound: u64,
    /// Creates that were refused (4xx and 5xx before creating), by HTTP status and code: `400/21211`, `429/20429`, …
    pub creates_refused: BTreeMap<String, u64>,
    /// Calls in the air now.
    pub in_air: u64,
    /// The most calls in the air at once, over all callers.
    pub most_simultaneous: u64,
    /// Per number of a business.
    pub callers: Vec<CallerReport>,
    /// Per number that was called.
    pub dials: Vec<DialReport>,
    /// Every inbound call, in order.
    pub inbound: Vec<ReceivedCall>,
    /// Ended calls by status.
    pub outcomes: BTreeMap<String, u64>,
    /// What became of the callbacks.
    pub callbacks: CallbackReport,
    /// What became of the recordings.
    pub recordings: RecordingReport,
}

impl Report {
    /// The line of one business's number.
    #[must_use]
    pub fn caller(&self, number: &str) -> Option<&CallerReport> {
        self.callers.iter().find(|caller| caller.number == number)
    }

    /// The calls to one number.
    #[must_use]
    pub fn dials_to(&self, number: &str) -> &[DialledCall] {
        self.dials
            .iter()
            .find(|dial| dial.to == number)
            .map_or(&[], |dial| &dial.calls)
    }
}

/// What was seen of one business's number.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CallerReport {
    /// From of outbound calls, To of inbound ones.
    pub number: String,
    /// Outbound calls.
    pub outbound_calls: u64,
    /// Inbound calls.
    pub inbound_calls: u64,
    /// In the air now, both ways.
    pub in_air: u64,
    /// The most in the air at once, both ways.
    pub most_simultaneous: u64,
    /// Outbound calls in the air now.
    pub in_air_outbound: u64,
    /// The most outbound calls in the air at once.
    pub most_simultaneous_outbound: u64,
}

/// The outbound calls to one number.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct DialReport {
    /// The number.
    pub to: String,
    /// The most calls to it at once.
    pub most_simultaneous: u64,
    /// Every call, in order.
    pub calls: Vec<DialledCall>,
}

/// One ring of a phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DialledCall {
    /// The call.
    pub sid: String,
    /// Who called.
    pub from: String,
    /// When the create was accepted.
    pub created_at: DateTime<Utc>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended; absent while it goes on.
    pub status: Option<String>,
}

/// One inbound call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceivedCall {
    /// The call.
    pub sid: String,
    /// Who called.
    pub from: String,
    /// Which number of a business.
    pub to: String,
    /// When it began to ring.
    pub created_at: DateTime<Utc>,
    /// When the business's TwiML took it; absent when that rejected it, only spoke and hung up, or did not come.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended; absent while it goes on.
    pub status: Option<String>,
}

/// What became of the recordings.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RecordingReport {
    /// Made, absent ones included.
    pub made: u64,
    /// Deleted at the client's request, in order.
    pub deleted: Vec<DeletedRecording>,
    /// Requests to delete one that were answered with anything but 204, by HTTP status: `404`, `500`.
    pub deletions_refused: BTreeMap<String, u64>,
}

/// A recording of which only the metadata is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedRecording {
    /// The recording.
    pub sid: String,
    /// Of which call.
    pub call_sid: String,
    /// When it was deleted.
    pub deleted_at: DateTime<Utc>,
}

/// What became of the callbacks, requests for TwiML included.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct CallbackReport {
    /// Requests that were sent, retries included.
    pub attempts: u64,
    /// Callbacks that were answered with 2xx in the end.
    pub delivered: u64,
    /// Callbacks that no attempt could deliver.
    pub given_up: u64,
    /// Never sent, by the fault.
    pub lost: u64,
    /// Sent twice, by the fault.
    pub duplicated: u64,
    /// Sent out of order, by the fault.
    pub reordered: u64,
    /// Sent late, by the fault.
    pub delayed: u64,
    /// Attempts that were answered with anything but 2xx, or not at all; the first thousand.
    pub refused: Vec<RefusedCallback>,
}

/// An attempt that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCallback {
    /// `initiated`, `ringing`, `answered`, `completed`, `recording`, `amd` or `twiml`.
    pub kind: String,
    /// The call.
    pub call_sid: String,
    /// The path of the address. Segments that identify an attempt are replaced by `{id}`; there is no query.
    pub path: String,
    /// The answer; absent when none came.
    pub status: Option<u16>,
}

const MAX_REFUSED: usize = 1000;

/// Where the report is kept.
#[derive(Default)]
pub(crate) struct Ledger {
    callers: BTreeMap<String, CallerReport>,
    dials: BTreeMap<String, DialReport>,
    live: HashMap<String, Live>,
    totals: Report,
}

struct Live {
    business_number: String,
    place: Place,
}

/// Where a call stands in the report.
enum Place {
    /// The called number and the index in its list.
    Dialled(String, usize),
    /// The index among the inbound ones.
    Received(usize),
}

impl Ledger {
    pub(crate) fn call_begins(&mut self, sid: &str, plan: &CallPlan, at: DateTime<Utc>) {
        let number = plan.business_number().to_owned();
        let caller = self
            .callers
            .entry(number.clone())
            .or_insert_with(|| CallerReport {
                number: number.clone(),
                ..CallerReport::default()
            });
        caller.in_air += 1;
        caller.most_simultaneous = caller.most_simultaneous.max(caller.in_air);
        let place = if plan.inbound {
            self.totals.calls_inbound += 1;
            caller.inbound_calls += 1;
            self.totals.inbound.push(ReceivedCall {
                sid: sid.to_owned(),
                from: plan.from.clone(),
                to: plan.to.clone(),
                created_at: at,
                answered_at: None,
                ended_at: None,
                status: None,
            });
            Place::Received(self.totals.inbound.len() - 1)
        } else {
            self.totals.calls_created += 1;
            caller.outbound_calls += 1;
            caller.in_air_outbound += 1;
            caller.most_simultaneous_outbound = caller
                .most_simultaneous_outbound
                .max(caller.in_air_outbound);
            Place::Dialled(plan.to.clone(), self.dial_begins(sid, plan, at))
        };
        self.totals.in_air += 1;
        self.totals.most_simultaneous = self.totals.most_simultaneous.max(self.totals.in_air);
        let live = Live {
            business_number: number,
            place,
        };
        self.live.insert(sid.to_owned(), live);
    }

    /// Returns the place in the number's list.
    fn dial_begins(&mut self, sid: &str, plan: &CallPlan, at: DateTime<Utc>) -> usize {
        let dial = self
            .dials
            .entry(plan.to.clone())
            .or_insert_with(|| DialReport {
                to: plan.to.clone(),
                ..DialReport::default()
            });
        dial.calls.push(DialledCall {
            sid: sid.to_owned(),
            from: plan.from.clone(),
            created_at: at,
            ended_at: None,
            status: None,
        });
        let live = dial
            .calls
            .iter()
            .filter(|call| call.status.is_none())
            .count();
        dial.most_simultaneous = dial.most_simultaneous.max(live as u64);
        dial.calls.len() - 1
    }

    pub(crate) fn call_ends(&mut self, sid: &str, status: Status, at: DateTime<Utc>) {
        let Some(live) = self.live.remove(sid) else {
            return;
        };
        self.totals.in_air -= 1;
        *self
            .totals
            .outcomes
            .entry(status.as_str().to_owned())
            .or_default() += 1;
        if let Some(caller) = self.callers.get_mut(&live.business_number) {
            caller.in_air -= 1;
            if matches!(live.place, Place::Dialled(..)) {
                caller.in_air_outbound -= 1;
            }
        }
        let ended = (Some(at), Some(status.as_str().to_owned()));
        match live.place {
            Place::Dialled(to, index) => {
                let dial = self.dials.get_mut(&to);
                if let Some(call) = dial.and_then(|dial| dial.calls.get_mut(index)) {
                    (call.ended_at, call.status) = ended;
                }
            }
            Place::Received(index) => {
                if let Some(call) = self.totals.inbound.get_mut(index) {
                    (call.ended_at, call.status) = ended;
                }
            }
        }
    }

    /// The business's TwiML takes an inbound call.
    pub(crate) fn inbound_answered(&mut self, sid: &str, at: DateTime<Utc>) {
        if let Some(Place::Received(index)) = self.live.get(sid).map(|live| &live.place)
            && let Some(call) = self.totals.inbound.get_mut(*index)
        {
            call.answered_at = Some(at);
        }
    }

    pub(crate) fn create_refused(&mut self, http_status: u16, code: u32) {
        *self
            .totals
            .creates_refused
            .entry(format!("{http_status}/{code}"))
            .or_default() += 1;
    }

    pub(crate) fn callbacks(&mut self) -> &mut CallbackReport {
        &mut self.totals.callbacks
    }

    pub(crate) fn recordings(&mut self) -> &mut RecordingReport {
        &mut self.totals.recordings
    }

    pub(crate) fn refused(&mut self, refused: RefusedCallback) {
        let list = &mut self.totals.callbacks.refused;
        if list.len() < MAX_REFUSED {
            list.push(refused);
        }
    }

    pub(crate) fn in_air(&self) -> u64 {
        self.totals.in_air
    }

    pub(crate) fn report(&self) -> Report {
        Report {
            callers: self.callers.values().cloned().collect(),
            dials: self.dials.values().cloned().collect(),
            ..self.totals.clone()
        }
    }
}

/// The path of an address without what would let a reader of the report forge callbacks.
pub(crate) fn public_path(url: &str) -> String {
    const LONGEST_WORD: usize = 20;
    url::Url::parse(url).map_or_else(
        |_| String::new(),
        |url| {
            url.path()
                .split('/')
                .map(|part| {
                    if part.len() > LONGEST_WORD {
                        "{id}"
                    } else {
                        part
                    }
                })
                .collect::<Vec<_>>()
                .join("/")
        },
    )
}
