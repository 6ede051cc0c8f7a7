//! Web push: the browsers of a user.

pub(crate) mod public_key;
pub(crate) mod subscribe;
pub(crate) mod test;
pub(crate) mod unsubscribe;

use push::Client;

use crate::gateway::Gateway;
use crate::problem::{Code, Result};

/// What sends to browsers, where it is set up.
fn client(gateway: &Gateway) -> Result<&Client> {
    gateway
        .push
        .as_ref()
        .ok_or_else(|| Code::PushNotConfigured.into())
}
