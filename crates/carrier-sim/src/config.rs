//! How a simulator is set up.

use std::net::SocketAddr;

use secrecy::SecretString;

use crate::faults::Faults;
use crate::scripts::Script;

/// What a simulator is started with.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Where it listens; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The one account that it knows.
    pub account_sid: String,
    /// That account's token: for Basic authentication, and the key of every signature.
    pub auth_token: SecretString,
    /// How many simulated seconds pass per second.
    pub time_scale: f64,
    /// Time stands until it is stepped; `time_scale` is then without effect.
    pub stepped: bool,
    /// Seeds every fault that has a probability.
    pub seed: u64,
    /// What a number does that has no script of its own.
    pub default_script: Script,
    /// What scripted numbers do.
    pub scripts: Vec<Script>,
    /// The faults at the start.
    pub faults: Faults,
    /// Where inbound calls ask for TwiML, unless the inbound call names another address.
    pub voice_url: Option<String>,
    /// Where the end of an inbound call is reported, unless the inbound call names another address.
    pub inbound_status_callback: Option<String>,
    /// Where WhatsApp messages are reported, unless the message names another address.
    pub whatsapp_url: Option<String>,
    /// The numbers that may call. Empty: any.
    pub owned_numbers: Vec<String>,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            account_sid: "AC00000000000000000000000000000001".to_owned(),
            auth_token: "simulated-auth-token".to_owned().into(),
            time_scale: 1.0,
            stepped: false,
            seed: 1,
            default_script: Script::default(),
            scripts: Vec::new(),
            faults: Faults::default(),
            voice_url: None,
            inbound_status_callback: None,
            whatsapp_url: None,
            owned_numbers: Vec::new(),
        }
    }
}

/// A set-up that cannot work.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConfigError {
    /// The time scale is not usable.
    #[error("time_scale must be a number above 0 and at most 100000, not {0}")]
    TimeScale(f64),
    /// The account is not an account's id.
    #[error("account_sid must be AC followed by 32 hexadecimal digits, not {0:?}")]
    AccountSid(String),
    /// A script cannot be played.
    #[error("a script of {number:?} cannot be played: {reason}")]
    Script {
        /// Whose script.
        number: String,
        /// What is wrong.
        reason: String,
    },
    /// A fault cannot happen.
    #[error("the fault {name} cannot happen: {reason}")]
    Fault {
        /// Which fault.
        name: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl SimConfig {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if !(self.time_scale > 0.0 && self.time_scale <= 100_000.0) {
            return Err(ConfigError::TimeScale(self.time_scale));
        }
        let hex = self.account_sid.strip_prefix("AC").unwrap_or_default();
        if hex.len() != 32 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ConfigError::AccountSid(self.account_sid.clone()));
        }
        self.default_script.check(false)?;
        for script in &self.scripts {
            script.check(true)?;
        }
        self.faults.check()
    }
}
