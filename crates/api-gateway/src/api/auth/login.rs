use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use domain::ids::{BusinessId, UserId};
use serde::{Deserialize, Serialize};
use storage::users::{self, SignIn};
use storage::{StorageError, sessions};
use utoipa::ToSchema;

use crate::auth::tokens::SESSION_LIFE;
use crate::extract::{Body, Fields, Validate};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    /// The address of the user.
    #[serde(default)]
    #[schema(required = true)]
    email: String,
    /// The password.
    #[serde(default)]
    #[schema(required = true, format = Password)]
    password: String,
}

impl Validate for Credentials {
    fn validate(&self, fields: &mut Fields) {
        fields.check(!self.email.trim().is_empty(), "email", "is missing");
        fields.check(!self.password.is_empty(), "password", "is missing");
        fields.check_length(Some(&self.email), 320, "email");
        fields.check_length(Some(&self.password), 1_000, "password");
    }
}

/// A session.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    /// For `Authorization: Bearer`; the same as in the cookie.
    access_token: String,
    /// Until when.
    expires_at: DateTime<Utc>,
    /// Who signed in.
    user: SignedIn,
}

/// Who signed in.
#[derive(Serialize, ToSchema)]
pub(crate) struct SignedIn {
    id: i64,
    /// Null for a system administrator, who names a business in `X-Business-Id`.
    business_id: Option<i64>,
    email: String,
    full_name: String,
    /// `system_admin`, `owner`, `admin` or `agent`.
    role: String,
    /// `he` or `en`, where they chose one.
    language: Option<String>,
}

/// Sign in
///
/// Answers a token and sets it as an HttpOnly cookie. Ten attempts per address and minute.
#[utoipa::path(
    tag = "auth", operation_id = "login", security(()), request_body = Credentials,
    responses((status = 200, description = "Signed in", body = Session))
)]
#[post("/api/auth/login")]
pub(crate) async fn login(
    gateway: web::Data<Gateway>,
    body: Body<Credentials>,
) -> Result<HttpResponse> {
    let Credentials { email, password } = body.value;
    gateway.passwords.admit(&email)?;
    let wanted = email.clone();
    let known = gateway
        .db
        .system(move |tx| users::sign_in(tx, &wanted))
        .await?;
    // An unknown address takes as long as a wrong password.
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let verified = gateway.passwords.verify(password, hash).await?;
    let Some(known) = known.filter(|_| verified) else {
        return Err(Code::WrongCredentials.into());
    };
    let (token, hash) = gateway.tokens.mint();
    let now = gateway.clock.now();
    let expires_at = now + SESSION_LIFE;
    let (business, user) = (known.business, known.user);
    let password_hash = known.password_hash.clone();
    let user = match business {
        Some(business) => gateway
            .db
            .tenant(business, move |tx| {
                let user_row = users::hold_signed_in(tx, user, &password_hash)?;
                sessions::open(tx, Some(business), user, &hash, now, expires_at)?;
                Ok(user_row)
            })
            .await
            .map(|user| of_business(business, user))
            .map_err(changed_meanwhile)?,
        None => {
            let opened = gateway
                .db
                .system(move |tx| sessions::open(tx, None, user, &hash, now, expires_at));
            opened
                .await
                .map_err(|error: StorageError| Problem::from(error))?;
            above_businesses(&known, user, email)
        }
    };
    tracing::info!(
        user_id = user.id,
        business_id = user.business_id,
        "signed in"
    );
    Ok(HttpResponse::Ok()
        .cookie(super::cookie(&gateway, Some(token.clone())))
        .json(Session {
            access_token: token,
            expires_at,
            user,
        }))
}

/// Whoever was switched off, or got another password, since theirs was read.
fn changed_meanwhile(error: StorageError) -> Problem {
    match error {
        StorageError::NotFound => Code::WrongCredentials.into(),
        error => error.into(),
    }
}

fn of_business(business: BusinessId, user: users::User) -> SignedIn {
    SignedIn {
        id: user.id,
        business_id: Some(business.0),
        email: user.email,
        full_name: user.full_name,
        role: user.role,
        language: user.language,
    }
}

fn above_businesses(known: &SignIn, user: UserId, email: String) -> SignedIn {
    SignedIn {
        id: user.0,
        business_id: None,
        email: email.trim().to_lowercase(),
        full_name: String::new(),
        role: known.role.to_string(),
        language: None,
    }
}
