use std::sync::Arc;
use std::time::Duration;

use chassis::clock::Clock;
use chassis::egress::Egress;
use chassis::lifecycle::Lifecycle;
use chassis::settings::Environment;
use domain::public_host::PublicHost;
use object_store::ObjectStore;
use push::Client;
use secrecy::SecretString;
use storage::Db;
use tokio::sync::Semaphore;

use crate::auth::keys::Keys;
use crate::auth::passwords::Passwords;
use crate::auth::tokens::Tokens;
use crate::limits::{Rates, TrustedProxies};
use crate::live::Hub;
use crate::push_tests::PushTests;
use crate::webhooks::Intake;

/// What the handlers share.
pub(crate) struct Gateway {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) environment: Environment,
    /// The origin that the carrier signs over.
    pub(crate) public_host: PublicHost,
    /// Whether the carrier can reach it: production without `PUBLIC_HOST` calls nobody.
    pub(crate) has_public_host: bool,
    pub(crate) carrier_token: SecretString,
    /// When the carrier is first asked what became of an inbound call, should the report of its end be lost.
    pub(crate) first_look: Duration,
    /// Where webhooks may go.
    pub(crate) egress: Egress,
    /// Where recordings lie.
    pub(crate) media: Arc<dyn ObjectStore>,
    pub(crate) keys: Keys,
    pub(crate) tokens: Tokens,
    pub(crate) passwords: Passwords,
    pub(crate) rates: Rates,
    pub(crate) trusted_proxies: TrustedProxies,
    /// How long a body may take before it has to come at a certain speed.
    pub(crate) body_patience: Duration,
    /// How often it is looked whether who listens to a stream still may.
    pub(crate) stream_check: Duration,
    /// What sends to browsers; none where web push is not set up.
    pub(crate) push: Option<Client>,
    pub(crate) push_tests: PushTests,
    /// Whether the status engine mails digests.
    pub(crate) has_mail: bool,
    pub(crate) hub: Hub,
    pub(crate) intake: Intake,
    /// Turns of those who import files: each has a connection for as long as its file takes.
    pub(crate) imports: Arc<Semaphore>,
    pub(crate) lifecycle: Lifecycle,
}
