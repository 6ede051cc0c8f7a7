//! One file per command.

pub(crate) mod analytics_rebuild;
pub(crate) mod api_key_create;
pub(crate) mod bench;
pub(crate) mod business_create;
pub(crate) mod calls_reprocess;
pub(crate) mod classify;
pub(crate) mod docs;
pub(crate) mod events_republish;
pub(crate) mod leads_export;
pub(crate) mod leads_import;
pub(crate) mod map_group;
pub(crate) mod map_label;
pub(crate) mod migrate;
pub(crate) mod replay;
pub(crate) mod run_start;
pub(crate) mod run_watch;
pub(crate) mod run_wish;
pub(crate) mod summarise;
pub(crate) mod user_create;
pub(crate) mod vapid_key;
pub(crate) mod verify;
pub(crate) mod why;

use anyhow::Context as _;
use storage::runs::Wish;

use crate::arguments::{
    Analytics, ApiKey, Business, Callboard, Calls, Command, Events, Leads, Run, User,
};
use crate::context::Context;
use crate::failure::Ended;

/// Runs one command to its end.
pub(crate) fn run(callboard: Callboard) -> anyhow::Result<Ended> {
    // One thread is enough for all but the command that measures what every core can do.
    let mut runtime = match callboard.command {
        Command::Bench(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    runtime
        .enable_all()
        .build()
        .context("no runtime could be started")?
        .block_on(dispatch(callboard))
}

async fn dispatch(callboard: Callboard) -> anyhow::Result<Ended> {
    let context = || Context::new(callboard.database_url);
    match callboard.command {
        Command::Migrate(migrate) => migrate.run(&context()?),
        Command::Business(Business::Create(create)) => create.run(&context()?).await,
        Command::User(User::Create(create)) => create.run(&context()?).await,
        Command::ApiKey(ApiKey::Create(create)) => create.run(&context()?).await,
        Command::Leads(Leads::Import(import)) => import.run(&context()?).await,
        Command::Leads(Leads::Export(export)) => export.run(&context()?).await,
        Command::Run(Run::Start(start)) => start.run(&context()?).await,
        Command::Run(Run::Watch(watch)) => watch.run(&context()?).await,
        Command::Run(Run::Pause(which)) => run_wish::wish(&context()?, which, Wish::Pause).await,
        Command::Run(Run::Resume(which)) => run_wish::wish(&context()?, which, Wish::Resume).await,
        Command::Run(Run::Cancel(cancel)) => cancel.run(&context()?).await,
        Command::Calls(Calls::Reprocess(reprocess)) => reprocess.run(&context()?).await,
        Command::Events(Events::Republish(republish)) => republish.run(&context()?).await,
        Command::Analytics(Analytics::Rebuild(rebuild)) => rebuild.run(&context()?).await,
        Command::Why(why) => why.run(&context()?).await,
        Command::Replay(replay) => replay.run(&context()?).await,
        Command::Verify(verify) => verify.run(&context()?).await,
        Command::Classify(classify) => classify.run().await,
        Command::MapLabel => map_label::run().await,
        Command::MapGroup => map_group::run().await,
        Command::Summarise(summarise) => summarise.run().await,
        Command::Docs(docs) => docs.run(),
        Command::VapidKey(make) => make.run(),
        Command::Bench(bench) => bench.run(context).await,
    }
}
