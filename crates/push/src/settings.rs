use anyhow::ensure;
use domain::public_host::PublicHost;
use serde::Deserialize;

/// Web push, beside its key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushSettings {
    /// Whom a push service turns to about our messages: `mailto:` or `https:`. The public host when unset.
    #[serde(default)]
    pub contact: Option<String>,
    /// Whether browsers may name push services on private addresses and without TLS: for tests and development only.
    #[serde(default)]
    pub allow_private: bool,
}

impl PushSettings {
    /// Whom a push service turns to; none in development without a public host.
    pub(crate) fn contact(&self, public_host: Option<&str>) -> anyhow::Result<Option<String>> {
        let is_said = |text: &&str| !text.trim().is_empty();
        if let Some(contact) = self.contact.as_deref().filter(is_said) {
            ensure!(
                contact.starts_with("mailto:") || contact.starts_with("https://"),
                "CALLBOARD__PUSH__CONTACT must be mailto:… or https://…"
            );
            return Ok(Some(contact.to_owned()));
        }
        let Some(host) = public_host.filter(is_said) else {
            return Ok(None);
        };
        let host = PublicHost::parse(host)?.url("");
        // RFC 8292 knows no other kind of address.
        Ok(Some(host).filter(|host| host.starts_with("https://")))
    }
}
