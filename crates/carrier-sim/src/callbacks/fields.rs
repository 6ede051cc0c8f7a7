//! The form fields of requests to the client.

use crate::calls::{CallPlan, Status};

pub(crate) type Fields = Vec<(String, String)>;

pub(crate) fn push(fields: &mut Fields, name: &str, value: impl Into<String>) {
    fields.push((name.to_owned(), value.into()));
}

/// What every request about a call carries. Geography is sent empty, as the real carrier does for most countries.
pub(crate) fn of_call(account_sid: &str, sid: &str, plan: &CallPlan, status: &str) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in [
        ("CallSid", sid),
        ("AccountSid", account_sid),
        ("From", &plan.from),
        ("Caller", &plan.from),
        ("To", &plan.to),
        ("Called", &plan.to),
        ("CallStatus", status),
        ("ApiVersion", "2010-04-01"),
        ("Direction", plan.direction()),
    ] {
        push(&mut fields, name, value);
    }
    for party in ["From", "To", "Caller", "Called"] {
        for part in ["City", "State", "Zip", "Country"] {
            push(&mut fields, &format!("{party}{part}"), "");
        }
    }
    fields
}

/// The SIP status behind an outcome.
pub(crate) const fn sip_code(status: Status) -> &'static str {
    match status {
        Status::Busy => "486",
        Status::NoAnswer | Status::Canceled => "487",
        Status::Failed => "404",
        Status::Queued | Status::Ringing | Status::InProgress | Status::Completed => "200",
    }
}
