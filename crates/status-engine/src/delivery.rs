//! What takes notifications to where their users are: the loops of the push services and of the mail server, each where it is
//! set up.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use chassis::clock::Clock;
use chassis::lifecycle::Lifecycle;
use chassis::settings::Environment;
use domain::public_host::PublicHost;
use push::Client;
use secrecy::{ExposeSecret as _, SecretString};
use storage::Db;

use crate::digests::Digests;
use crate::letter::Letters;
use crate::mailer::Mailer;
use crate::pushes::Pushes;
use crate::{Settings, ticking};

/// Starts the loops.
///
/// # Errors
/// When the settings of the one or the other cannot work.
pub(crate) fn start(
    settings: &Settings,
    db: &Db,
    clock: &Clock,
    lifecycle: &Lifecycle,
) -> anyhow::Result<()> {
    let tick = Duration::try_from_secs_f64(settings.notifications.tick_seconds)
        .context("CALLBOARD__NOTIFICATIONS__TICK_SECONDS")?;
    let shutdown = lifecycle.shutdown_token();
    let client = Client::open(
        &settings.push,
        settings.vapid_private_key.as_ref(),
        settings.public_host.as_deref(),
        settings.environment,
    )?;
    if let Some(client) = client {
        let pushes = Arc::new(Pushes {
            db: db.clone(),
            clock: clock.clone(),
            client,
        });
        let look = move || {
            let pushes = Arc::clone(&pushes);
            async move { pushes.look().await }
        };
        lifecycle.spawn(
            "pushes",
            ticking::run("pushes", tick, shutdown.clone(), look),
        );
    }
    if let Some(digests) = digests(settings, db, clock)? {
        let digests = Arc::new(digests);
        let look = move || {
            let digests = Arc::clone(&digests);
            async move { digests.look().await }
        };
        lifecycle.spawn("digests", ticking::run("digests", tick, shutdown, look));
    }
    Ok(())
}

fn digests(settings: &Settings, db: &Db, clock: &Clock) -> anyhow::Result<Option<Digests>> {
    let Some((mailer, from)) = Mailer::open(&settings.mail)? else {
        return Ok(None);
    };
    let host = settings.public_host.as_deref().map(str::trim);
    let host = host.filter(|host| !host.is_empty()).map(PublicHost::parse);
    let host = host.transpose().context("PUBLIC_HOST")?;
    let is_said = |secret: &SecretString| !secret.expose_secret().is_empty();
    let secret = settings.session_secret.clone().filter(is_said);
    ensure!(
        settings.environment == Environment::Development || (host.is_some() && secret.is_some()),
        "e-mail needs PUBLIC_HOST and SESSION_SECRET, the same as the gateway's: each letter has a link that ends them"
    );
    Ok(Some(Digests {
        db: db.clone(),
        clock: clock.clone(),
        mailer,
        letters: Letters { from, host, secret },
    }))
}
