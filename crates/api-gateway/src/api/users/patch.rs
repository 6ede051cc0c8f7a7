use actix_web::{HttpResponse, patch, web};
use domain::ids::UserId;
use serde::Deserialize;
use storage::users::{Edit, Role};
use utoipa::ToSchema;

use super::{LONGEST_NAME, UserView, address_as_password, change, check_password, check_role};
use crate::extract::{Admin, Body, Caller, Fields, Id, IfMatch, Validate, etag};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// What changes about a user: an absent field stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct UserChanges {
    name: Option<String>,
    /// `owner`, `admin` or `agent`; at most the caller's own.
    #[schema(value_type = Option<String>)]
    role: Option<Role>,
    /// Whether they may sign in; false ends their sessions at once.
    is_active: Option<bool>,
    /// At least 12 characters, and not the e-mail address. Ends their sessions at once.
    #[schema(format = Password)]
    password: Option<String>,
}

impl Validate for UserChanges {
    fn validate(&self, fields: &mut Fields) {
        fields.check_length(self.name.as_deref(), LONGEST_NAME, "name");
        if let Some(role) = self.role {
            check_role(fields, role);
        }
        if let Some(password) = &self.password {
            check_password(fields, "password", password);
        }
    }
}

/// Change a user
///
/// With `If-Match` only if nobody has changed them in the meantime. An admin changes no owner, and the last owner who may
/// sign in stays one.
#[utoipa::path(
    tag = "users", operation_id = "change_user", request_body = UserChanges,
    params(
        ("id" = i64, Path, description = "The user"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the change is based on"),
    ),
    responses((status = 200, description = "The user as they are now", body = UserView))
)]
#[patch("/api/users/{id}")]
pub(crate) async fn patch(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    user: Id<UserId>,
    expected: IfMatch,
    body: Body<UserChanges>,
) -> Result<HttpResponse> {
    let (now, user, wanted) = (gateway.clock.now(), user.0, body.value);
    let password_hash = match wanted.password.clone() {
        // Whoever finds a session open must not be able to keep it.
        Some(_) if caller.user == Some(user) => return Err(Code::OwnPassword.into()),
        Some(password) => Some(gateway.passwords.hash(password).await?),
        None => None,
    };
    let changed = gateway
        .db
        .tenant(caller.business, move |tx| {
            let edit = Edit {
                full_name: wanted.name.map(|name| name.trim().to_owned()),
                role: wanted.role,
                is_active: wanted.is_active,
                password_hash,
            };
            let changed = change(tx, now, &caller, user, &expected, &edit)?;
            let wrong = wanted
                .password
                .and_then(|password| address_as_password("password", &password, &changed.email));
            match wrong {
                Some(wrong) => Err(Problem::fields(Code::ValidationFailed, vec![wrong])),
                None => Ok(changed),
            }
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(changed.version))
        .json(UserView::from(changed)))
}
