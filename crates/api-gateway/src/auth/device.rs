//! Browsers that someone signed in from before. A stranger who keeps guessing at an account locks it for strangers; its
//! owner comes in by the cookie that their browser was given then, whose tries are counted for themselves
//! (owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::settings::Environment;
use subtle::ConstantTimeEq as _;

use super::tokens::Tokens;

/// The cookie's name.
const COOKIE: &str = "callboard_device";
/// How long a browser is known.
const LIFE: Duration = Duration::days(365);

/// A browser that is known for an account.
pub(crate) struct Device {
    /// Which one it is.
    nonce: String,
    is_new: bool,
}

impl Device {
    /// The browser of a request, if it is known for this account.
    pub(crate) fn of(request: &HttpRequest, tokens: &Tokens, email: &str) -> Option<Self> {
        let cookie = request.cookie(COOKIE)?;
        let (nonce, claimed) = cookie.value().split_once('.')?;
        let claimed = URL_SAFE_NO_PAD.decode(claimed).ok()?;
        let is_ours: bool = seal(tokens, nonce, email).as_slice().ct_eq(&claimed).into();
        is_ours.then(|| Self {
            nonce: nonce.to_owned(),
            is_new: false,
        })
    }

    /// One that is known from now on.
    pub(crate) fn mint() -> Self {
        Self {
            nonce: URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>()),
            is_new: true,
        }
    }

    /// What its tries are counted under.
    pub(super) fn counted_as(&self) -> &str {
        &self.nonce
    }

    /// The cookie for a browser that has none.
    pub(crate) fn cookie(
        &self,
        tokens: &Tokens,
        email: &str,
        environment: Environment,
    ) -> Option<Cookie<'static>> {
        let seal = URL_SAFE_NO_PAD.encode(seal(tokens, &self.nonce, email));
        self.is_new.then(|| {
            Cookie::build(COOKIE, format!("{}.{seal}", self.nonce))
                .path("/api/auth")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(environment == Environment::Production)
                .max_age(LIFE)
                .finish()
        })
    }
}

fn seal(tokens: &Tokens, nonce: &str, email: &str) -> [u8; 32] {
    tokens.hash(format!("device\0{nonce}\0{email}"))
}
