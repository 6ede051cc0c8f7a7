use std::time::Duration;

use clap::Args;

use super::report::{Finding, Verdict};
use crate::arguments::MaybeUrl;

/// How long a service may take to say that it is ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the services answer to `/readyz`. One that is given must be ready; one that is not is looked for where it listens by
/// default, and not finding it there says nothing.
#[derive(Debug, Args)]
pub(crate) struct Probes {
    /// Where the gateway's probes are [default: http://127.0.0.1:9080]
    #[arg(long, value_name = "URL", env = "CALLBOARD__VERIFY__API_GATEWAY")]
    api_gateway: Option<MaybeUrl>,
    /// Where the dialer's probes are [default: http://127.0.0.1:9081]
    #[arg(long, value_name = "URL", env = "CALLBOARD__VERIFY__DIALER")]
    dialer: Option<MaybeUrl>,
    /// Where the recording processor's probes are [default: http://127.0.0.1:9082]
    #[arg(
        long,
        value_name = "URL",
        env = "CALLBOARD__VERIFY__RECORDING_PROCESSOR"
    )]
    recording_processor: Option<MaybeUrl>,
    /// Where the status engine's probes are [default: http://127.0.0.1:9083]
    #[arg(long, value_name = "URL", env = "CALLBOARD__VERIFY__STATUS_ENGINE")]
    status_engine: Option<MaybeUrl>,
}

impl Probes {
    pub(super) async fn look(&self) -> anyhow::Result<Vec<Finding>> {
        let services = [
            ("api-gateway", &self.api_gateway, 9080),
            ("dialer", &self.dialer, 9081),
            ("recording-processor", &self.recording_processor, 9082),
            ("status-engine", &self.status_engine, 9083),
        ];
        let client = chassis::http::client(PATIENCE)?;
        let mut findings = Vec::new();
        for (service, given, port) in services {
            let given = MaybeUrl::given(given.clone());
            let base = given
                .as_ref()
                .map_or_else(|| format!("http://127.0.0.1:{port}"), ToString::to_string);
            let url = format!("{}/readyz", base.trim_end_matches('/'));
            let wrong = match client.get(&url).send().await {
                Ok(answer) if answer.status().is_success() => None,
                Ok(answer) => Some(format!("it answers {}", answer.status())),
                Err(_) => Some("nothing answers there".to_owned()),
            };
            let verdict = match (&wrong, &given) {
                (None, _) => Verdict::Pass,
                (Some(_), Some(_)) => Verdict::Fail,
                (Some(_), None) => Verdict::NotVerified,
            };
            let option = if given.is_none() {
                format!("; say where it is with --{service}")
            } else {
                String::new()
            };
            findings.push(Finding {
                section: 0,
                promise: format!("{service} is ready: its database and broker answer"),
                looked_at: url,
                verdict,
                why: wrong.map(|wrong| format!("{wrong}{option}")),
                examples: Vec::new(),
            });
        }
        Ok(findings)
    }
}
