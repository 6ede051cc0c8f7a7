use std::io::{BufRead as _, stdin};

use anyhow::{Context as _, anyhow, bail};
use argon2::{Argon2, PasswordHasher as _};
use clap::Args;
use domain::ids::BusinessId;
use rand::Rng as _;
use serde_json::json;
use storage::StorageError;
use storage::users::{self, NewUser, Role};

use crate::context::{self, Context};
use crate::failure::{Ended, at_database};
use crate::output;

/// Shortest password that a person may choose (NIST SP 800-63B, 3.1.1.2).
const SHORTEST: usize = 8;
/// Longest password: hashing a longer one is a way to keep the server busy.
const LONGEST: usize = 256;
/// Letters and digits that nobody mistakes for each other.
const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 20 of 56 letters are 116 random bits.
const GENERATED: usize = 20;

#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The business's id; a system_admin has none
    #[arg(long, value_name = "ID", required_unless_present = "above_businesses")]
    business: Option<BusinessId>,
    /// What they sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// What they may do
    #[arg(long, value_name = "owner|admin|agent|system_admin")]
    role: Role,
    /// Their name
    #[arg(long, default_value = "")]
    name: String,
    /// Read the password from the first line of stdin instead of making one
    #[arg(long)]
    password_stdin: bool,
    /// Needed for --role system_admin, who sees every business
    #[arg(long, conflicts_with = "business")]
    above_businesses: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(crate) async fn run(self, context: &Context) -> anyhow::Result<Ended> {
        match self.role {
            Role::SystemAdmin if self.business.is_some() => {
                bail!(
                    "a system_admin belongs to no business; give --above-businesses instead of --business"
                );
            }
            Role::Owner | Role::Admin | Role::Agent if self.business.is_none() => {
                bail!("a {} belongs to a business; give --business ID", self.role);
            }
            _ => {}
        }
        let email = self.email.trim().to_lowercase();
        if !users::is_address(&email) {
            bail!("--email {:?} is not an e-mail address", self.email);
        }
        let (password, generated) = if self.password_stdin {
            (from_stdin()?, false)
        } else {
            (generate(), true)
        };
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|error| anyhow!("the password cannot be hashed: {error}"))?
            .to_string();
        let (business, role, json) = (self.business, self.role, self.json);
        let address = email.clone();
        let now = context.clock.now();
        let id = context
            .transaction(move |tx| {
                if let Some(business) = self.business {
                    context::business(tx, business)?;
                }
                let new = NewUser {
                    business: self.business,
                    email: &address,
                    full_name: self.name.trim(),
                    role: self.role,
                    password_hash: &hash,
                    language: None,
                };
                users::create(tx, now, &new).map_err(|error| match error {
                    StorageError::Conflict { .. } => {
                        anyhow!("there is a user with the address {address} already")
                    }
                    error => at_database(error),
                })
            })
            .await?;
        if json {
            let mut answer =
                json!({ "user_id": id, "business_id": business, "email": email, "role": role });
            if generated {
                answer["password"] = password.into();
            }
            output::json(&answer)?;
        } else {
            output::line(format_args!("user {id}: {email} ({role})"))?;
            if generated {
                output::line(format_args!("password: {password}  (shown this once)"))?;
            }
        }
        Ok(Ended::Well)
    }
}

fn from_stdin() -> anyhow::Result<String> {
    let mut line = String::new();
    stdin()
        .lock()
        .read_line(&mut line)
        .context("the password cannot be read from stdin")?;
    let password = line.trim_end_matches(['\r', '\n']).to_owned();
    let length = password.chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        bail!(
            "the password on stdin has {length} characters; it must have {SHORTEST} to {LONGEST}"
        );
    }
    Ok(password)
}

fn generate() -> String {
    let mut random = rand::rng();
    (0..GENERATED)
        .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
        .collect()
}
