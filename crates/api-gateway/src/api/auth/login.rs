use actix_web::{HttpRequest, HttpResponse, post, web};
use domain::ids::{BusinessId, UserId};
use serde::{Deserialize, Serialize};
use storage::sessions::{self, Kind};
use storage::users::{self, SignIn};
use storage::{StorageError, Tx, session_tokens};
use utoipa::ToSchema;

use crate::auth::device::Device;
use crate::auth::throttle::Attempt;
use crate::auth::tokens::{ClientTokens, Pair, SESSION_LIFE};
use crate::extract::{Body, Fields, OwnPage, Validate, refuse_suspended};
use crate::gateway::Gateway;
use crate::limits::ClientAddress;
use crate::measures;
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
pub(crate) struct SignedInSession {
    #[serde(flatten)]
    tokens: ClientTokens,
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
/// Answers tokens for programs, and sets an HttpOnly cookie for browsers: always a new session, in the place of the one that
/// the request's cookie is of. After ten attempts at an account, or a hundred from an address, that failed one has to wait,
/// longer with each; `Retry-After` says how long.
#[utoipa::path(
    tag = "auth", operation_id = "login", security(()), request_body = Credentials,
    responses((status = 200, description = "Signed in", body = SignedInSession))
)]
#[post("/api/auth/login")]
pub(crate) async fn login(
    gateway: web::Data<Gateway>,
    _page: OwnPage,
    request: HttpRequest,
    client: ClientAddress,
    body: Body<Credentials>,
) -> Result<HttpResponse> {
    let email = body.value.email.trim().to_lowercase();
    let device = Device::of(&request, &gateway.tokens, &email);
    let attempt = Attempt::at_sign_in(&gateway, &email, client, device.as_ref()).await?;
    let known = match verified(&gateway, &email, body.value.password).await {
        Ok(known) => known,
        Err(problem) => {
            attempt.was_not_looked_at(&gateway).await?;
            return Err(problem);
        }
    };
    let Some(mut known) = known else {
        let refused = [("outcome", "refused")];
        measures::SIGN_INS.count(&refused).increment(1);
        return Err(Code::WrongCredentials.into());
    };
    attempt.was_right(&gateway).await?;
    refuse_suspended(known.suspension.take())?;
    super::end_presented(&gateway, &request).await?;
    let (token, opened) = open(&gateway, &known, &email).await?;
    let signed_in = [("outcome", "signed_in")];
    measures::SIGN_INS.count(&signed_in).increment(1);
    tracing::info!(
        user_id = opened.user.id,
        business_id = opened.user.business_id,
        "signed in"
    );
    let device = device.unwrap_or_else(Device::mint);
    let mut answer = HttpResponse::Ok();
    answer.cookie(super::cookie(&gateway, Some(token)));
    if let Some(cookie) = device.cookie(&gateway.tokens, &email, gateway.environment) {
        answer.cookie(cookie);
    }
    Ok(answer.json(opened))
}

/// The user of an address, if the password is theirs. An unknown address takes as long to refuse as a wrong password.
async fn verified(gateway: &Gateway, email: &str, password: String) -> Result<Option<SignIn>> {
    let wanted = email.to_owned();
    let known = gateway
        .db
        .system(move |tx| users::sign_in(tx, &wanted))
        .await?;
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let fits = gateway.passwords.verify(password, hash).await?;
    Ok(known.filter(|_| fits))
}

/// Opens a session: the token of its cookie, and what is answered.
async fn open(gateway: &Gateway, known: &SignIn, email: &str) -> Result<(String, SignedInSession)> {
    let (token, hash) = gateway.tokens.mint(Kind::Session);
    let now = gateway.clock.now();
    let expires_at = now + SESSION_LIFE;
    let Pair { shown, stored } = gateway.tokens.mint_pair(now, expires_at);
    let (business, user) = (known.business, known.user);
    let password_hash = known.password_hash.clone();
    let open = move |tx: &mut Tx<'_>| {
        sessions::open(tx, business, user, &hash, now, expires_at)?;
        session_tokens::issue(tx, business, &hash, now, &stored)
    };
    let user = match business {
        Some(business) => gateway
            .db
            .tenant(business, move |tx| {
                let user_row = users::hold_signed_in(tx, user, &password_hash)?;
                open(tx)?;
                Ok(user_row)
            })
            .await
            .map(|user| of_business(business, user))
            .map_err(changed_meanwhile)?,
        None => {
            gateway.db.system(open).await?;
            above_businesses(known, user, email.to_owned())
        }
    };
    let tokens = shown;
    Ok((token, SignedInSession { tokens, user }))
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
        email,
        full_name: String::new(),
        role: known.role.to_string(),
        language: None,
    }
}
