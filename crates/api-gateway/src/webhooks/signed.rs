use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use carrier::signature;
use domain::ids::AttemptId;
use secrecy::ExposeSecret as _;

use crate::extract::read_body;
use crate::gateway::Gateway;
use crate::measures;
use crate::problem::{Code, Problem};

/// The largest webhook: a transcript of several minutes fits.
const LARGEST: usize = 256 << 10;

/// A webhook whose signature is good.
pub(crate) struct Verified {
    /// The form fields as they came.
    pub(crate) fields: Vec<(String, String)>,
}

/// A webhook about an attempt, whose signature is good.
pub(crate) struct Signed {
    /// The attempt that its address names.
    pub(crate) attempt: AttemptId,
    /// The form fields as they came.
    pub(crate) fields: Vec<(String, String)>,
}

impl FromRequest for Verified {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(verified(request, payload))
    }
}

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let Verified { fields } = verified(request.clone(), payload).await?;
            let attempt: AttemptId = request
                .match_info()
                .get("attempt")
                .and_then(|text| text.parse().ok())
                .ok_or(Code::NotFound)?;
            Ok(Self { attempt, fields })
        })
    }
}

fn gateway(request: &HttpRequest) -> Result<&web::Data<Gateway>, Problem> {
    request
        .app_data::<web::Data<Gateway>>()
        .ok_or_else(|| Code::Internal.into())
}

async fn verified(request: HttpRequest, mut payload: Payload) -> Result<Verified, Problem> {
    let gateway = gateway(&request)?;
    let body = read_body(&mut payload, LARGEST).await?;
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    // The public address, as the carrier was told it: what a proxy made of Host proves nothing.
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let url = gateway.public_host.url(path);
    let claimed = request
        .headers()
        .get(signature::HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = gateway.carrier_token.expose_secret();
    if !signature::verify(token, &url, &fields, claimed) {
        measures::CALLBACKS_REFUSED.count(&[]).increment(1);
        return Err(Code::WrongSignature.into());
    }
    Ok(Verified { fields })
}
