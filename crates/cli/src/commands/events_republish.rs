use anyhow::{bail, ensure};
use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;
use domain::events;
use domain::ids::BusinessId;
use messaging::topology;
use serde_json::{Map, json};
use storage::outbox::{self, KEEP_PUBLISHED, OLDEST, Published};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::{output, progress};

/// Events that are marked in one transaction: the relays publish them while the next are marked.
const BATCH: i32 = 5_000;

#[derive(Debug, Args)]
pub(crate) struct Republish {
    /// Events that were published at this time (RFC 3339) or later
    #[arg(long, value_name = "TIME")]
    since: DateTime<Utc>,
    /// And before this time; by default all up to now
    #[arg(long, value_name = "TIME")]
    until: Option<DateTime<Utc>>,
    /// Of this type, more than once for several; by default every type for which a service has a queue
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    /// Of this business; by default of all
    #[arg(long, value_name = "ID")]
    business: Option<BusinessId>,
    /// Tell how many there are, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Republish {
    /// Marks published events as unpublished. Interrupted, what is marked is published, and a further command does the rest.
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let now = context.clock.now();
        let which = self.which(now)?;
        let business = which.business;
        let counting = which.clone();
        let counted = context
            .transaction(move |tx| {
                if let Some(id) = business {
                    context::business(tx, id)?;
                }
                outbox::count(tx, now, &counting).map_err(at_database)
            })
            .await?;
        let found: i64 = counted.iter().map(|one| one.events).sum();
        let too_old: i64 = counted.iter().map(|one| one.too_old).sum();
        let marked = if self.dry_run {
            0
        } else {
            mark(context, now, &which, found).await?
        };

        if self.json {
            let by_type: Map<_, _> = counted
                .into_iter()
                .map(|one| (one.event_type, one.events.into()))
                .collect();
            output::json(&json!({
                "since": which.since, "until": which.until, "found": found, "by_type": by_type, "too_old": too_old,
                "republished": marked,
            }))?;
            return Ok(Ended::Well);
        }
        for one in counted {
            output::line(format_args!("{:>9}  {}", one.events, one.event_type))?;
        }
        if too_old > 0 {
            output::line(format_args!(
                "{too_old} more were raised over {} days ago and are left alone: that they had their effect may be forgotten",
                OLDEST.num_days()
            ))?;
        }
        if self.dry_run {
            output::line(format_args!("{found} events would be published again"))?;
        } else {
            output::line(format_args!(
                "{marked} events are published again by the services that raised them"
            ))?;
        }
        Ok(Ended::Well)
    }

    fn which(&self, now: DateTime<Utc>) -> anyhow::Result<Published> {
        let kept_since = now - KEEP_PUBLISHED;
        if self.since < kept_since {
            bail!(
                "published events are kept for {} days, so some since {} are gone (ask for --since {} or later)",
                KEEP_PUBLISHED.num_days(),
                shown(self.since),
                shown(kept_since + chrono::Duration::minutes(1)),
            );
        }
        // What the relays publish while the command runs is not to be marked once more.
        let until = self.until.map_or(now, |until| until.min(now));
        ensure!(
            self.since < until,
            "nothing lies between {} and {} (--since is the earlier one, and not in the future)",
            shown(self.since),
            shown(until)
        );
        Ok(Published {
            since: self.since,
            until,
            types: types(&self.types)?,
            business: self.business,
        })
    }
}

/// The types that are asked for, or those that some service has a queue for: of the others nothing is lost with a queue.
fn types(wanted: &[String]) -> anyhow::Result<Vec<String>> {
    let known = || events::schemas().into_iter().map(|(name, _)| name);
    if wanted.is_empty() {
        let consumed = known().filter(|name| topology::must_be_routed(name));
        return Ok(consumed.map(ToOwned::to_owned).collect());
    }
    for name in wanted {
        ensure!(
            known().any(|known| known == name),
            "there is no event of type {name} (there are {})",
            known().collect::<Vec<_>>().join(", ")
        );
    }
    Ok(wanted.to_vec())
}

async fn mark(
    context: &Context,
    now: DateTime<Utc>,
    which: &Published,
    found: i64,
) -> anyhow::Result<i64> {
    let bar = progress::bar(
        u64::try_from(found).unwrap_or_default(),
        "{bar:40} {pos}/{len} events",
    );
    let mut marked = 0;
    // No more than were found: where the database's clock is behind ours, what is published meanwhile would be found again.
    while marked < found {
        let of = which.clone();
        let more = context
            .transaction(move |tx| outbox::republish(tx, now, &of, BATCH).map_err(at_database))
            .await?;
        if more == 0 {
            break;
        }
        marked += i64::try_from(more)?;
        bar.set_position(u64::try_from(marked)?);
    }
    bar.finish_and_clear();
    Ok(marked)
}

fn shown(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
