use actix_web::{HttpRequest, HttpResponse, patch, web};
use domain::ids::BusinessId;
use domain::messages::Language;
use serde::Deserialize;
use storage::businesses::{self, Changes};
use utoipa::ToSchema;

use super::{
    AdministeredBusiness, LONGEST_REASON, Recorded, State, check_lines, check_name,
    check_time_zone, show,
};
use crate::extract::{Administrator, Body, Fields, Id, IfMatch, Validate, etag, present};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// What changes about a business: an absent field stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct BusinessChanges {
    name: Option<String>,
    /// The language of its board, notes and notifications: `he` or `en`.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// IANA name.
    time_zone: Option<String>,
    /// Most outbound calls in the air at once.
    #[schema(minimum = 1, maximum = 1000)]
    max_outbound: Option<i16>,
    /// Most calls in the air at once, inbound ones included.
    #[schema(minimum = 1, maximum = 1000)]
    max_total: Option<i16>,
    /// A suspended business starts no calls, and nobody signs in for it; what is in the air ends in peace, and its runs go on
    /// once it is active again.
    status: Option<State>,
    /// Why it is suspended: its people are told so in these words. Null takes them away.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    suspension_reason: Option<Option<String>>,
}

impl Validate for BusinessChanges {
    fn validate(&self, fields: &mut Fields) {
        if let Some(name) = &self.name {
            check_name(fields, name);
        }
        if let Some(zone) = &self.time_zone {
            check_time_zone(fields, zone);
        }
        check_lines(fields, "max_outbound", self.max_outbound);
        check_lines(fields, "max_total", self.max_total);
        if let Some(Some(reason)) = &self.suspension_reason {
            let says_something = !reason.trim().is_empty();
            let message = "must say something, or be null";
            fields.check(says_something, "suspension_reason", message);
            fields.check_length(Some(reason), LONGEST_REASON, "suspension_reason");
        }
    }
}

impl From<BusinessChanges> for Changes {
    fn from(wanted: BusinessChanges) -> Self {
        Self {
            name: wanted.name.map(|name| name.trim().to_owned()),
            language: wanted.language,
            time_zone: wanted.time_zone,
            max_outbound: wanted.max_outbound,
            max_total: wanted.max_total,
            is_suspended: wanted.status.map(|status| status == State::Suspended),
            suspension_reason: wanted
                .suspension_reason
                .map(|reason| reason.map(|reason| reason.trim().to_owned())),
        }
    }
}

/// Change a business
///
/// With `If-Match` only if nobody has changed it or its settings in the meantime. Limits and suspensions hold from the next
/// call on.
#[utoipa::path(
    tag = "administration", operation_id = "change_business", request_body = BusinessChanges,
    params(
        ("id" = i64, Path, description = "The business"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the change is based on"),
    ),
    responses((status = 200, description = "The business as it is now", body = AdministeredBusiness))
)]
#[patch("/api/admin/businesses/{id}")]
pub(crate) async fn patch(
    gateway: web::Data<Gateway>,
    administrator: Administrator,
    business: Id<BusinessId>,
    expected: IfMatch,
    request: HttpRequest,
    body: Body<BusinessChanges>,
) -> Result<HttpResponse> {
    let (business, now) = (business.0, gateway.clock.now());
    let recorded = Recorded::of(&request, administrator.user, now);
    let changes = Changes::from(body.value);
    let shown = gateway
        .db
        .tenant(business, move |tx| {
            recorded.record(tx, business)?;
            let before = businesses::get(tx, business)?;
            let is_suspended = changes
                .is_suspended
                .unwrap_or(before.suspended_at.is_some());
            if matches!(changes.suspension_reason, Some(Some(_))) && !is_suspended {
                return Err(Problem::field(
                    Code::ValidationFailed,
                    "suspension_reason",
                    "is for a business that is suspended",
                ));
            }
            businesses::change(tx, now, expected.0, changes)?;
            show(tx)
        })
        .await?;
    tracing::info!(business_id = business.0, "a business was changed");
    Ok(HttpResponse::Ok()
        .insert_header(etag(shown.version))
        .json(shown))
}
