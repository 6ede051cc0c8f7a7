use actix_web::{HttpResponse, delete, web};
use serde::Deserialize;
use storage::push_subscriptions;
use url::Url;
use utoipa::ToSchema;

use crate::extract::{Body, Fields, Session, Validate};
use crate::gateway::Gateway;
use crate::problem::{Problem, Result};

/// Which browser.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Browser {
    /// `endpoint` of its subscription.
    #[schema(example = "https://fcm.googleapis.com/fcm/send/dpH5lCsTSSM")]
    endpoint: String,
}

impl Validate for Browser {
    fn validate(&self, _: &mut Fields) {}
}

/// Unsubscribe a browser
///
/// Nothing is pushed to it any more. One that is not the user's stays as it is.
#[utoipa::path(
    tag = "notifications", operation_id = "unsubscribe_push", request_body = Browser,
    responses((status = 204, description = "Unsubscribed, now or before"))
)]
#[delete("/api/push/subscriptions")]
pub(crate) async fn unsubscribe(
    gateway: web::Data<Gateway>,
    session: Session,
    body: Body<Browser>,
) -> Result<HttpResponse> {
    let user = session.user;
    // In the form in which it was kept.
    let endpoint = Url::parse(&body.value.endpoint).map_or(body.value.endpoint, Into::into);
    gateway
        .db
        .tenant(session.business()?, move |tx| {
            Ok::<_, Problem>(push_subscriptions::remove(tx, user, &endpoint)?)
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
