//! A gateway alone.

use tokio::process::Child;

use super::city::{command, free_port, ready};

/// A running gateway; dropped, it is killed.
pub(in super::super) struct Gateway {
    child: Child,
    address: String,
}

impl Gateway {
    /// Starts it on a database and a broker, and waits until it is ready.
    ///
    /// # Errors
    /// When the binary is missing or it does not get ready.
    pub(in super::super) async fn start(
        database_url: &str,
        amqp_url: &str,
    ) -> anyhow::Result<Self> {
        let here = std::env::current_exe()?;
        let bin = here.parent().unwrap_or(&here);
        let [port, probes] = [free_port()?, free_port()?];
        let address = format!("http://127.0.0.1:{port}");
        let child = command(bin, "api-gateway")?
            .envs([
                ("DATABASE_URL", database_url),
                ("AMQP_URL", amqp_url),
                ("PUBLIC_HOST", &address),
                ("TWILIO_AUTH_TOKEN", "nobody calls here"),
                // One key asks for what many would.
                ("CALLBOARD__LIMITS__REQUESTS_PER_MINUTE", "0"),
                ("CALLBOARD__HTTP__BIND", &format!("127.0.0.1:{port}")),
                ("CALLBOARD__PROBES__BIND", &format!("127.0.0.1:{probes}")),
                (
                    "MEDIA_URL",
                    &format!("file://{}", std::env::temp_dir().display()),
                ),
            ])
            .spawn()?;
        let gateway = Self { child, address };
        ready(&format!("http://127.0.0.1:{probes}/readyz")).await?;
        Ok(gateway)
    }

    /// Where it is.
    pub(in super::super) fn address(&self) -> &str {
        &self.address
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
