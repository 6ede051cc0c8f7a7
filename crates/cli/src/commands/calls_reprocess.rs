use anyhow::{anyhow, bail};
use chrono::{DateTime, Utc};
use clap::{Args, ValueEnum};
use domain::ids::BusinessId;
use serde_json::json;
use storage::StorageError;
use storage::conversations::{self, Anew, Lack, Reopened, State};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Reprocess {
    /// The carrier's id of the call
    #[arg(long, value_name = "SID", required_unless_present = "missing")]
    call: Option<String>,
    /// The business's id
    #[arg(long, value_name = "ID", required_unless_present = "call")]
    business: Option<BusinessId>,
    /// What it is done anew from; otherwise what is missing is made good, and it is summarised anew
    #[arg(long, value_name = "STEP", requires = "call")]
    from: Option<Step>,
    /// Every call of the business that has no transcript for want of a transcriber
    #[arg(long, conflicts_with = "call", requires = "since")]
    missing: bool,
    /// Of those, the ones that ended at this time (RFC 3339) or later
    #[arg(long, value_name = "TIME", requires = "missing")]
    since: Option<DateTime<Utc>>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// It is transcribed again, and then summarised
    Recording,
    /// It is summarised again
    Transcript,
    /// It is suggested again as it was summarised
    Summary,
}

impl Step {
    const fn anew(self) -> Anew {
        match self {
            Self::Recording => Anew::Recording,
            Self::Transcript => Anew::Transcript,
            Self::Summary => Anew::Summary,
        }
    }

    /// Whether work that stands here still has the step before it.
    fn is_ahead_of(self, state: State) -> bool {
        let done = match self {
            Self::Recording => State::Transcribed,
            Self::Transcript => State::Summarised,
            Self::Summary => State::Suggested,
        };
        state < done
    }
}

impl Reprocess {
    /// Opens the work on ended calls again; the recording-processor does it.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        match (self.call, self.business, self.since) {
            (Some(call), business, _) => one(context, call, business, self.from, self.json).await,
            (None, Some(business), Some(since)) => all(context, business, since, self.json).await,
            (None, ..) => {
                bail!("name a call with --call, or calls with --business, --missing and --since")
            }
        }
    }
}

async fn one(
    context: &Context,
    call: String,
    business: Option<BusinessId>,
    from: Option<Step>,
    json: bool,
) -> anyhow::Result<Ended> {
    let anew = from.map_or(Anew::Missing, Step::anew);
    let (business, reopened) = reopen(context, call.clone(), business, anew).await?;
    let (word, state) = match reopened {
        Reopened::Opened(state) => ("opened", state),
        Reopened::UnderWay(state) if from.is_none_or(|step| step.is_ahead_of(state)) => {
            ("under_way", state)
        }
        Reopened::UnderWay(state) => bail!(
            "call {call} is being worked on and past that step ({}); run this again when it is done",
            state.as_str()
        ),
        Reopened::NotEnded(status) => bail!("call {call} has not ended: it is {status}"),
        Reopened::NotTakenIn => bail!(
            "the work on call {call} has not begun; check that dialer and recording-processor are running"
        ),
        Reopened::Without(lack) => bail!("call {call} {}", lacks(lack)),
    };
    if json {
        output::json(&json!({
            "call_sid": call, "business_id": business, "outcome": word, "state": state.as_str(),
        }))?;
    } else if word == "opened" {
        output::line(format_args!("call {call}: opened again, {}", next(state)))?;
    } else {
        output::line(format_args!(
            "call {call}: being worked on already, {}; nothing was changed",
            next(state)
        ))?;
    }
    Ok(Ended::Well)
}

async fn all(
    context: &Context,
    business: BusinessId,
    since: DateTime<Utc>,
    json: bool,
) -> anyhow::Result<Ended> {
    let calls = context
        .transaction(move |tx| {
            context::business(tx, business)?;
            conversations::untranscribed(tx, business, since).map_err(at_database)
        })
        .await?;
    let (mut opened, mut left) = (0, Vec::new());
    // Each by itself: what is opened stays so, whatever becomes of the others.
    for call in calls {
        let (_, reopened) = reopen(context, call.clone(), Some(business), Anew::Missing).await?;
        match reopened {
            Reopened::Opened(_) => opened += 1,
            // Somebody else has just opened it.
            Reopened::UnderWay(_) | Reopened::NotEnded(_) | Reopened::NotTakenIn => {}
            Reopened::Without(lack) => left.push((call, lack)),
        }
    }
    if json {
        let left: Vec<&str> = left.iter().map(|(call, _)| call.as_str()).collect();
        output::json(&json!({ "business_id": business, "opened": opened, "left": left }))?;
    } else {
        output::line(format_args!("{opened} calls opened again"))?;
        for (call, lack) in left {
            output::line(format_args!("call {call} {}", lacks(lack)))?;
        }
    }
    Ok(Ended::Well)
}

async fn reopen(
    context: &Context,
    call: String,
    business: Option<BusinessId>,
    anew: Anew,
) -> anyhow::Result<(BusinessId, Reopened)> {
    let now = context.clock.now();
    context
        .transaction(move |tx| {
            if let Some(business) = business {
                context::business(tx, business)?;
            }
            conversations::reopen(tx, now, business, &call, anew).map_err(|error| {
                match (error, business) {
                    (StorageError::NotFound, Some(business)) => {
                        anyhow!("business {business} has no call {call}")
                    }
                    (StorageError::NotFound, None) => anyhow!("there is no call {call}"),
                    (error, _) => at_database(error),
                }
            })
        })
        .await
}

const fn next(state: State) -> &'static str {
    match state {
        State::AwaitingRecording => "its recording is fetched next",
        State::Recorded => "it is transcribed next",
        State::Transcribed => "it is summarised next",
        State::Summarised | State::Suggested => "its status is suggested next",
    }
}

const fn lacks(lack: Lack) -> &'static str {
    match lack {
        Lack::Words => "had no words: there is nothing to transcribe",
        Lack::Recording => "cannot be transcribed: its recording is deleted",
        Lack::Transcript => "has no transcript; without --from, what is missing is made good",
        Lack::Summary => "has no summary; without --from, what is missing is made good",
    }
}
