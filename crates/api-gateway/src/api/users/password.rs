use actix_web::{HttpResponse, post, web};
use serde::Deserialize;
use storage::users;
use utoipa::ToSchema;

use super::{address_as_password, check_password};
use crate::auth::throttle::Attempt;
use crate::extract::{Body, Fields, Session, Validate};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// A new password, on the word of the one before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    #[schema(format = Password)]
    current_password: String,
    /// At least 12 characters, and not the e-mail address.
    #[schema(format = Password)]
    new_password: String,
}

impl Validate for PasswordChange {
    fn validate(&self, fields: &mut Fields) {
        fields.check_length(Some(&self.current_password), 1_000, "current_password");
        check_password(fields, "new_password", &self.new_password);
    }
}

/// Change one's own password
///
/// Ends every other session of the user; of this one only the token that was shown goes on, and not its refresh tokens. After
/// ten tries that failed one has to wait, longer with each.
#[utoipa::path(
    tag = "users", operation_id = "change_own_password", request_body = PasswordChange,
    responses((status = 204, description = "Changed; this session goes on"))
)]
#[post("/api/users/me/password")]
pub(crate) async fn password(
    gateway: web::Data<Gateway>,
    session: Session,
    body: Body<PasswordChange>,
) -> Result<HttpResponse> {
    let (business, user, wanted) = (session.business()?, session.user, body.value);
    let (email, was) = gateway
        .db
        .tenant(business, move |tx| {
            Ok::<_, Problem>(users::password_of(tx, user)?)
        })
        .await?;
    if let Some(wrong) = address_as_password("new_password", &wanted.new_password, &email) {
        return Err(Problem::fields(Code::ValidationFailed, vec![wrong]));
    }
    let attempt = Attempt::at_password(&gateway, user).await?;
    let current = wanted.current_password;
    match gateway.passwords.verify(current, Some(was.clone())).await {
        Ok(true) => attempt.was_right(&gateway).await?,
        Ok(false) => return Err(Code::WrongCurrentPassword.into()),
        Err(problem) => {
            attempt.was_not_looked_at(&gateway).await?;
            return Err(problem);
        }
    }
    let hash = gateway.passwords.hash(wanted.new_password).await?;
    let changed = gateway
        .db
        .tenant(business, move |tx| {
            let (kept, token) = (&session.hash, &session.token_hash);
            let changed = users::change_password(tx, user, &was, &hash, kept, token);
            changed.map_err(Problem::from)
        })
        .await?;
    if changed {
        Ok(HttpResponse::NoContent().finish())
    } else {
        // Someone was faster.
        Err(Code::WrongCurrentPassword.into())
    }
}
