use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use storage::api_keys::{self, Scope};
use storage::users::Role;
use utoipa::ToSchema;

use super::ApiKeyView;
use crate::extract::{Admin, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::Result;

/// Longest name, in characters.
const LONGEST_NAME: usize = 200;

/// A key to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApiKeyToCreate {
    /// What it is for.
    name: String,
    /// `owner`, `admin` or `agent`; at most the caller's own.
    #[schema(value_type = String)]
    role: Role,
    /// Which operations it may ask for, as far as its role goes: `full` (the default), `read` (whatever only reads), `leads`
    /// (leads, lists, statuses, conversations, suppressions), `calls` (runs and calls). Each operation says which of them let
    /// one ask for it (`x-scopes`).
    #[serde(default = "full")]
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Vec<Scope>,
}

fn full() -> Vec<Scope> {
    vec![Scope::Full]
}

impl Validate for ApiKeyToCreate {
    fn validate(&self, fields: &mut Fields) {
        let has_name = !self.name.trim().is_empty();
        fields.check(has_name, "name", "must say what the key is for");
        fields.check_length(Some(&self.name), LONGEST_NAME, "name");
        let is_of_a_business = self.role != Role::SystemAdmin;
        fields.check(is_of_a_business, "role", "must be owner, admin or agent");
        let has_scope = !self.scopes.is_empty();
        fields.check(
            has_scope,
            "scopes",
            "must name one of full, read, leads and calls",
        );
    }
}

/// A key that has just been made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MintedApiKey {
    #[serde(flatten)]
    api_key: ApiKeyView,
    /// What the program sends as its bearer token. Only this one answer has it: a request that is repeated with the same
    /// Idempotency-Key is answered without.
    key: Option<String>,
}

/// Create an API key
///
/// Of at most the caller's own role. The answer is the only one that shows the key.
#[utoipa::path(
    tag = "api keys", operation_id = "create_api_key", request_body = ApiKeyToCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request make no second key")),
    responses((status = 201, description = "Created", body = MintedApiKey))
)]
#[post("/api/api-keys")]
pub(crate) async fn create(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: IdempotencyKey,
    body: Body<ApiKeyToCreate>,
) -> Result<HttpResponse> {
    let (now, business, fingerprint) = (gateway.clock.now(), caller.business, body.fingerprint);
    let mut wanted = body.value;
    wanted.scopes.sort_unstable();
    wanted.scopes.dedup();
    caller.reach(wanted.role)?;
    once(&gateway, business, key, fingerprint, move |tx| {
        let minted = api_keys::mint(&rand::random());
        let name = wanted.name.trim();
        let (role, scopes) = (wanted.role, &wanted.scopes);
        let id = api_keys::create(tx, business, now, name, role, scopes, &minted)?;
        let made = MintedApiKey {
            api_key: api_keys::get(tx, id)?.into(),
            key: Some(minted.key),
        };
        Ok(Answer::json(StatusCode::CREATED, &made)?.shown_once("key"))
    })
    .await
}
