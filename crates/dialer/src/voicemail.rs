//! A machine picked up: what the business wants done about it. If this process dies before it is done, the call goes on
//! and ends by itself, as any other.

use carrier::CallSid;
use carrier::EndVerb;
use carrier::twiml::{self, Speech};
use domain::ids::{AttemptId, BusinessId};
use domain::messages::{self, Language};
use domain::voicemail::Voicemail;
use observe::{Label, Metric};
use storage::calls::{self, AtMachine};
use tracing::{info, warn};

use crate::Dialer;

pub(crate) const VOICEMAILS: Metric = Metric::counter(
    "callboard_voicemails_total",
    "Machines that picked up, by what was done about them",
    &[Label::of("action", &["go_on", "hang_up", "leave_message"])],
);

/// Does what the business has set.
pub(crate) async fn act(dialer: &Dialer, business: BusinessId, attempt: AttemptId) {
    let at_machine = dialer
        .db
        .system(move |tx| calls::at_machine(tx, attempt))
        .await;
    let outcome = match at_machine {
        Ok(Some(at_machine)) => order(dialer, &at_machine).await,
        Ok(None) => return,
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(what) => {
            VOICEMAILS.count(&[("action", what)]).increment(1);
            info!(
                business_id = business.0,
                action = what,
                "a machine picked up"
            );
        }
        Err(error) => {
            warn!(
                business_id = business.0,
                error = format!("{error:#}"),
                "nothing could be done about a machine that picked up"
            );
        }
    }
}

async fn order(dialer: &Dialer, at_machine: &AtMachine) -> anyhow::Result<&'static str> {
    let sid: CallSid = at_machine.call_sid.parse()?;
    match &at_machine.voicemail {
        Voicemail::GoOn => Ok("go_on"),
        Voicemail::HangUp => {
            dialer.carrier.end_call(&sid, EndVerb::Complete).await?;
            Ok("hang_up")
        }
        Voicemail::LeaveMessage { text } => {
            let message = message(at_machine, text.as_deref());
            dialer.carrier.redirect_call(&sid, &message).await?;
            Ok("leave_message")
        }
    }
}

/// The TwiML of the message.
fn message(at_machine: &AtMachine, text: Option<&str>) -> String {
    let own = || {
        messages::text(
            at_machine.language,
            "say-voicemail",
            &[("business", at_machine.business_name.as_str().into())],
        )
    };
    let text = text
        .filter(|text| !text.trim().is_empty())
        .map_or_else(own, ToOwned::to_owned);
    twiml::say_and_hang_up(Speech::Say {
        text: &text,
        language: match at_machine.language {
            Language::Hebrew => "he-IL",
            Language::English => "en-US",
        },
    })
}
