//! Services one by one, for measurements that are not of calls.

use tokio::process::Child;

use super::city::{ACCOUNT, command, free_port, ready};

/// A running service; dropped, it is killed.
pub(in super::super) struct Service {
    name: &'static str,
    child: Child,
}

impl Service {
    /// Starts it on a database and a broker, with more environment, and waits until it is ready. It knows a carrier that it
    /// cannot reach.
    ///
    /// # Errors
    /// When the binary is missing or it does not get ready.
    pub(in super::super) async fn start(
        name: &'static str,
        database_url: &str,
        amqp_url: &str,
        environment: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let here = std::env::current_exe()?;
        let bin = here.parent().unwrap_or(&here);
        let probes = free_port()?;
        let child = command(bin, name)?
            .envs([
                ("DATABASE_URL", database_url),
                ("AMQP_URL", amqp_url),
                ("PUBLIC_HOST", "http://127.0.0.1"),
                ("TWILIO_ACCOUNT_SID", ACCOUNT),
                ("TWILIO_AUTH_TOKEN", "nobody calls here"),
                ("TWILIO_API_BASE", "http://127.0.0.1:9"),
                ("CALLBOARD__PROBES__BIND", &format!("127.0.0.1:{probes}")),
                (
                    "MEDIA_URL",
                    &format!("file://{}", std::env::temp_dir().display()),
                ),
            ])
            .envs(environment.iter().copied())
            .spawn()?;
        let service = Self { name, child };
        ready(&format!("http://127.0.0.1:{probes}/readyz")).await?;
        Ok(service)
    }

    /// Which one it is.
    pub(in super::super) const fn name(&self) -> &'static str {
        self.name
    }

    /// The number of its process.
    pub(in super::super) fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// Ends it.
    pub(in super::super) async fn stop(mut self) {
        let _ = self.child.start_kill();
        let _ = self.child.wait().await;
    }
}

/// A gateway, and where it is.
pub(in super::super) struct Gateway {
    service: Service,
    address: String,
}

impl Gateway {
    /// # Errors
    /// As [`Service::start`].
    pub(in super::super) async fn start(
        database_url: &str,
        amqp_url: &str,
    ) -> anyhow::Result<Self> {
        let bind = format!("127.0.0.1:{}", free_port()?);
        let address = format!("http://{bind}");
        let environment = [
            ("PUBLIC_HOST", address.as_str()),
            // One key asks for what many would.
            ("CALLBOARD__LIMITS__REQUESTS_PER_MINUTE", "0"),
            ("CALLBOARD__LIMITS__STREAMS_PER_CALLER", "0"),
            ("CALLBOARD__HTTP__BIND", bind.as_str()),
        ];
        let service = Service::start("api-gateway", database_url, amqp_url, &environment).await?;
        Ok(Self { service, address })
    }

    /// Where it is.
    pub(in super::super) fn address(&self) -> &str {
        &self.address
    }

    /// The number of its process.
    pub(in super::super) fn process(&self) -> Option<u32> {
        self.service.process()
    }

    /// Ends it.
    pub(in super::super) async fn stop(self) {
        self.service.stop().await;
    }
}
