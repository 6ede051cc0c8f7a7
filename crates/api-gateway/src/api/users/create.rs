use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use storage::users::{self, NewUser, Role};
use utoipa::ToSchema;

use super::{
    LONGEST_NAME, UserView, address_as_password, check_address, check_password, check_role,
};
use crate::extract::{Admin, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::Result;

/// Someone who is to sign in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserToCreate {
    /// What they sign in with; nobody else of any business may have it.
    email: String,
    #[serde(default)]
    name: String,
    /// `owner`, `admin` or `agent`; at most the caller's own.
    #[schema(value_type = String)]
    role: Role,
    /// At least 12 characters, and not the e-mail address.
    #[schema(format = Password)]
    password: String,
}

impl Validate for UserToCreate {
    fn validate(&self, fields: &mut Fields) {
        let email = self.email.trim();
        check_address(fields, "email", email);
        fields.check_length(Some(&self.name), LONGEST_NAME, "name");
        check_role(fields, self.role);
        check_password(fields, "password", &self.password);
        fields.extend(address_as_password("password", &self.password, email));
    }
}

/// Create a user
///
/// Of at most the caller's own role: an admin makes no owner.
#[utoipa::path(
    tag = "users", operation_id = "create_user", request_body = UserToCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first")),
    responses((status = 201, description = "Created", body = UserView))
)]
#[post("/api/users")]
pub(crate) async fn create(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    key: IdempotencyKey,
    body: Body<UserToCreate>,
) -> Result<HttpResponse> {
    let wanted = body.value;
    caller.reach(wanted.role)?;
    // The plain hash of a request with a password in it would tell that to whoever tries many.
    let fingerprint = gateway.tokens.hash(body.fingerprint);
    let password_hash = gateway.passwords.hash(wanted.password).await?;
    let (now, business) = (gateway.clock.now(), caller.business);
    once(&gateway, business, key, fingerprint, move |tx| {
        let new = NewUser {
            business: Some(business),
            email: &wanted.email,
            full_name: wanted.name.trim(),
            role: wanted.role,
            password_hash: &password_hash,
            language: None,
        };
        let user = users::create(tx, now, &new)?;
        let user = users::get(tx, user)?;
        Answer::json(StatusCode::CREATED, &UserView::from(user))
    })
    .await
}
