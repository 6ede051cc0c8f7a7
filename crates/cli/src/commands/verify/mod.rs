mod probes;
mod report;

use clap::Args;
use domain::ids::BusinessId;
use storage::verify::{self, Check, Measured, Vacuous};
use storage::{StorageError, migrations};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use report::{Finding, Report, Verdict};

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Look at this business only [default: all]
    #[arg(long, value_name = "ID")]
    business: Option<BusinessId>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    probes: probes::Probes,
}

impl Verify {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        let mut report = Report::new(self.business, self.json);
        report.add(migrations_applied(context)?)?;
        if let Some(business) = self.business {
            context
                .transaction(move |tx| context::business(tx, business))
                .await?;
        }
        let checks = verify::checks();
        let (deploy, rest): (Vec<Check>, Vec<Check>) =
            checks.into_iter().partition(|check| check.section == 0);
        for check in deploy {
            report.add(measure(context, check, self.business).await?)?;
        }
        for finding in self.probes.look().await? {
            report.add(finding)?;
        }
        for check in rest {
            report.add(measure(context, check, self.business).await?)?;
        }
        report.finish()
    }
}

fn migrations_applied(context: &Context) -> anyhow::Result<Finding> {
    let pending = migrations::pending(&context.url).map_err(at_database)?;
    Ok(Finding {
        section: 0,
        promise: "all migrations are applied".to_owned(),
        looked_at: "the migrations of this build".to_owned(),
        verdict: if pending.is_empty() {
            Verdict::Pass
        } else {
            Verdict::Fail
        },
        why: (!pending.is_empty())
            .then(|| format!("pending: {}; run `callboard migrate`", pending.join(", "))),
        examples: Vec::new(),
    })
}

async fn measure(
    context: &Context,
    check: Check,
    business: Option<BusinessId>,
) -> anyhow::Result<Finding> {
    let measured: Result<Measured, StorageError> = context
        .db()
        .system(move |tx| verify::run(tx, &check, business))
        .await;
    let measured = match measured {
        Ok(measured) => measured,
        // A table that is not there yet: the check on migrations has said so.
        Err(StorageError::Query(error)) => return Ok(unanswered(&check, &error.to_string())),
        Err(error) => return Err(at_database(error)),
    };
    let (verdict, why) = match measured {
        Measured { wrong: 1.., .. } => (Verdict::Fail, Some(format!("{} wrong", measured.wrong))),
        Measured { looked_at: 0, .. } if check.vacuous == Vacuous::NotVerified => (
            Verdict::NotVerified,
            Some(format!("there are no {} yet", check.unit)),
        ),
        _ => (Verdict::Pass, None),
    };
    Ok(Finding {
        section: check.section,
        promise: check.promise.to_owned(),
        looked_at: format!("{} {}", measured.looked_at, check.unit),
        verdict,
        why,
        examples: measured.examples,
    })
}

fn unanswered(check: &Check, error: &str) -> Finding {
    Finding {
        section: check.section,
        promise: check.promise.to_owned(),
        looked_at: format!("0 {}", check.unit),
        verdict: Verdict::Fail,
        why: Some(format!("the database refused to answer: {error}")),
        examples: Vec::new(),
    }
}
