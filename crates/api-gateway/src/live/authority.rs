//! A stream lasts longer than the right to it may: who signs out, is deactivated or suspended, or whose key is revoked, hears
//! no more after the next look. One look is for all streams of the replica.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, Weak};

use actix_web::web;
use chassis::backoff;
use chassis::telemetry::chain;
use storage::{api_keys, sessions};
use tokio_util::sync::CancellationToken;

use super::hub::lock;
use crate::gateway::Gateway;
use crate::measures;

/// By what a stream was opened.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Credential {
    /// What is stored of a session's token.
    Session(Vec<u8>),
    /// The public part of an API key.
    ApiKey(String),
}

/// What the streams of one credential share.
pub(super) struct Pass {
    /// Cancelled when the credential opens nothing any more.
    pub(super) revoked: CancellationToken,
}

/// By what the open streams were opened.
pub(super) struct Guests {
    passes: Mutex<HashMap<Credential, Weak<Pass>>>,
    /// Streams of one credential at once, at most; 0 is no limit.
    most: usize,
}

impl Guests {
    pub(super) fn new(most: usize) -> Self {
        Self {
            passes: Mutex::default(),
            most,
        }
    }

    /// The pass for a stream more. None when the credential has as many as it may.
    pub(super) fn admit(&self, credential: Credential) -> Option<Arc<Pass>> {
        let mut passes = lock(&self.passes);
        if let Some(pass) = passes.get(&credential).and_then(Weak::upgrade) {
            // Each stream holds it, and so do we.
            let streams = Arc::strong_count(&pass) - 1;
            return (self.most == 0 || streams < self.most).then_some(pass);
        }
        let pass = Arc::new(Pass {
            revoked: CancellationToken::new(),
        });
        passes.insert(credential, Arc::downgrade(&pass));
        Some(pass)
    }

    /// Those that have a stream now.
    fn present(&self) -> Vec<Credential> {
        let mut passes = lock(&self.passes);
        passes.retain(|_, pass| pass.strong_count() > 0);
        passes.keys().cloned().collect()
    }

    /// Ends the streams of a credential.
    pub(super) fn revoke(&self, credential: &Credential) {
        // A stream that is opened by it from now on gets a pass of its own: it was let in after we looked.
        if let Some(pass) = lock(&self.passes)
            .remove(credential)
            .and_then(|pass| pass.upgrade())
        {
            pass.revoked.cancel();
        }
    }
}

/// Ends the streams whose credential opens nothing any more, every now and then, and forgets what nobody listens to.
pub(crate) async fn check_guests(gateway: web::Data<Gateway>) {
    let shutdown = gateway.lifecycle.shutdown_token();
    let hub = &gateway.hub;
    while shutdown
        .run_until_cancelled(tokio::time::sleep(backoff::jittered(gateway.stream_check)))
        .await
        .is_some()
    {
        #[expect(clippy::cast_precision_loss, reason = "a number of streams")]
        measures::LIVE_STREAMS.level(&[]).set(hub.tidy() as f64);
        let present = hub.guests().present();
        if present.is_empty() {
            continue;
        }
        match still_open(&gateway, &present).await {
            Ok(open) => present
                .iter()
                .filter(|credential| !open.contains(credential))
                .for_each(|credential| hub.guests().revoke(credential)),
            // Who could not be asked about stays; nobody can sign out meanwhile either.
            Err(error) => tracing::warn!(error = chain(&error), "streams were not checked"),
        }
    }
}

async fn still_open(
    gateway: &Gateway,
    present: &[Credential],
) -> storage::Result<HashSet<Credential>> {
    let now = gateway.hub.clock().now();
    let (mut hashes, mut prefixes) = (Vec::new(), Vec::new());
    for credential in present {
        match credential {
            Credential::Session(hash) => hashes.push(hash.clone()),
            Credential::ApiKey(prefix) => prefixes.push(prefix.clone()),
        }
    }
    gateway
        .db
        .system(move |tx| {
            let sessions = sessions::still_open(tx, &hashes, now)?;
            let keys = api_keys::still_open(tx, &prefixes)?;
            let sessions = sessions.into_iter().map(Credential::Session);
            Ok(sessions
                .chain(keys.into_iter().map(Credential::ApiKey))
                .collect())
        })
        .await
}
