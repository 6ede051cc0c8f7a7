//! Hands e-mail to the mail server, and knows in each case whether it has it. For that the commands of SMTP are given one by one:
//! until the end of a letter is sent the server has nothing, and only then can a broken connection leave a doubt.

use std::time::Duration;

use anyhow::Context as _;
use chassis::settings::{MailSettings, MailTls};
use lettre::Message;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret as _;

/// How long the server has for all that comes before the letter, and for the letter.
const PATIENCE: Duration = Duration::from_secs(30);

/// A mail server.
pub(crate) struct Mailer {
    host: String,
    port: u16,
    tls: MailTls,
    credentials: Option<Credentials>,
    /// Who we say that we are.
    hello: ClientId,
}

/// What became of a letter.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// The server has it.
    Taken,
    /// The server does not have it, and may take it later.
    Later { reason: String },
    /// The server does not take it.
    Refused {
        /// Because of the recipient.
        is_for_address: bool,
        reason: String,
    },
    /// The connection ended when the server might have had it.
    Unknown { reason: String },
}

impl Delivery {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Taken => "sent",
            Self::Later { .. } => "later",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl Mailer {
    /// The server of the settings, and whom its letters are from; none where no server is set.
    pub(crate) fn open(settings: &MailSettings) -> anyhow::Result<Option<(Self, Mailbox)>> {
        let Some(host) = settings.host.clone().filter(|host| !host.is_empty()) else {
            return Ok(None);
        };
        let from = settings.from.as_deref().context(
            "CALLBOARD__MAIL__FROM is not set; set it to an address such as Callboard <callboard@example.com>",
        )?;
        let from: Mailbox = from.parse().context(
            "CALLBOARD__MAIL__FROM is not an address such as Callboard <callboard@example.com>",
        )?;
        let credentials = match (&settings.username, &settings.password) {
            (Some(name), Some(password)) => Some(Credentials::new(
                name.clone(),
                password.expose_secret().to_owned(),
            )),
            (None, None) => None,
            _ => anyhow::bail!("CALLBOARD__MAIL__USERNAME and SMTP_PASSWORD go together"),
        };
        let usual = match settings.tls {
            MailTls::Tls => 465,
            MailTls::Starttls | MailTls::None => 587,
        };
        let mailer = Self {
            host,
            port: settings.port.unwrap_or(usual),
            tls: settings.tls,
            credentials,
            hello: ClientId::Domain(from.email.domain().to_owned()),
        };
        Ok(Some((mailer, from)))
    }

    /// Hands one letter over.
    pub(crate) async fn deliver(&self, letter: &Message) -> Delivery {
        let prepared = tokio::time::timeout(PATIENCE, self.prepare(letter)).await;
        let mut connection = match prepared {
            Ok(Ok(connection)) => connection,
            Ok(Err(not_taken)) => return not_taken,
            Err(_) => {
                return Delivery::Later {
                    reason: "time_out".to_owned(),
                };
            }
        };
        let text = letter.formatted();
        match tokio::time::timeout(PATIENCE, connection.message(&text)).await {
            Ok(Ok(_)) => {
                // It has the letter, whatever it says to this.
                let _ = tokio::time::timeout(PATIENCE, connection.quit()).await;
                Delivery::Taken
            }
            Ok(Err(error)) => match error.status() {
                Some(status) => {
                    let is_for_address = u16::from(status) == 550;
                    answered(&error, is_for_address)
                }
                None => Delivery::Unknown {
                    reason: "broken_off".to_owned(),
                },
            },
            Err(_) => Delivery::Unknown {
                reason: "time_out".to_owned(),
            },
        }
    }

    /// Everything before the letter itself.
    async fn prepare(&self, letter: &Message) -> Result<AsyncSmtpConnection, Delivery> {
        let ours = |error: Error| match answered(&error, false) {
            // Signing in and the sender are settings of ours, which may be mended.
            Delivery::Refused { reason, .. } => Delivery::Later { reason },
            other => other,
        };
        let mut connection = self.connect().await.map_err(ours)?;
        let envelope = letter.envelope();
        let sender = Mail::new(envelope.from().cloned(), Vec::new());
        connection.command(sender).await.map_err(ours)?;
        for address in envelope.to() {
            let recipient = Rcpt::new(address.clone(), Vec::new());
            let taken = connection.command(recipient).await;
            if let Err(error) = taken {
                connection.abort().await;
                return Err(answered(&error, true));
            }
        }
        connection.command(Data).await.map_err(ours)?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let tls = || TlsParameters::new_rustls(self.host.clone());
        let implicit = match self.tls {
            MailTls::Tls => Some(tls()?),
            MailTls::Starttls | MailTls::None => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(PATIENCE),
            &self.hello,
            implicit,
            None,
        )
        .await?;
        if self.tls == MailTls::Starttls {
            connection.starttls(tls()?, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// What an answer of the server, or none, means before it has the letter. What it says in words may hold the address.
fn answered(error: &Error, is_for_address: bool) -> Delivery {
    let reason = error
        .status()
        .map_or_else(|| "no_connection".to_owned(), |status| status.to_string());
    if error.is_permanent() {
        Delivery::Refused {
            is_for_address,
            reason,
        }
    } else {
        Delivery::Later { reason }
    }
}
