use clap::Args;
use push::VapidKey;
use serde_json::json;

use crate::failure::Ended;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Make {
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Make {
    pub(crate) fn run(self) -> anyhow::Result<Ended> {
        let key = VapidKey::generate();
        let (private, public) = (key.private_key(), key.public_key());
        if self.json {
            output::json(&json!({ "private_key": private, "public_key": public }))?;
        } else {
            output::line(format_args!(
                "VAPID_PRIVATE_KEY={private}  (shown this once)"
            ))?;
            output::line(format_args!("public key: {public}"))?;
        }
        Ok(Ended::Well)
    }
}
