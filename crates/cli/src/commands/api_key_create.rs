use anyhow::bail;
use clap::Args;
use domain::ids::BusinessId;
use rand::Rng as _;
use serde_json::json;
use storage::api_keys::{self, Scope};
use storage::users::Role;

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The business's id
    #[arg(long, value_name = "ID")]
    business: BusinessId,
    /// What the key is for
    #[arg(long)]
    name: String,
    /// What the key may do
    #[arg(long, value_name = "owner|admin|agent", default_value_t = Role::Admin)]
    role: Role,
    /// Which operations it may ask for, as far as its role goes
    #[arg(
        long,
        value_name = "full|read|leads|calls",
        value_delimiter = ',',
        default_value = "full"
    )]
    scope: Vec<Scope>,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        if self.role == Role::SystemAdmin {
            bail!("a key acts for one business; --role is owner, admin or agent");
        }
        let name = self.name.trim().to_owned();
        if name.is_empty() {
            bail!("--name must say what the key is for");
        }
        let minted = api_keys::mint(&rand::rng().random());
        let (key, label) = (minted.key.clone(), name.clone());
        let now = context.clock.now();
        let id = context
            .transaction(move |tx| {
                context::business(tx, self.business)?;
                let (role, scopes) = (self.role, &self.scope);
                api_keys::create(tx, self.business, now, &name, role, scopes, &minted)
                    .map_err(at_database)
            })
            .await?;
        if self.json {
            output::json(
                &json!({ "api_key_id": id, "business_id": self.business, "name": label, "key": key }),
            )?;
        } else {
            output::line(format_args!("API key {id}: {label}"))?;
            output::line(format_args!("{key}  (shown this once)"))?;
        }
        Ok(Ended::Well)
    }
}
