use actix_web::{HttpResponse, patch, web};
use chrono::{DateTime, Utc};
use domain::ids::LeadId;
use serde::Deserialize;
use storage::lead_status::{Author, StatusChange, StatusOutcome, change_status};
use storage::leads::{self, Edit};
use utoipa::ToSchema;

use super::{LONGEST_NAME, LONGEST_NOTES, LeadView, check_tags, check_time_zone, phone};
use crate::extract::{Agent, Body, Caller, Fields, Id, IfMatch, Validate, etag, present};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// What changes about a lead: an absent field stays, null empties it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LeadChanges {
    first_name: Option<String>,
    last_name: Option<String>,
    /// In any form; local numbers are read as of the business's country. `phone` is accepted too.
    #[serde(alias = "phone", deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone_e164: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    notes: Option<Option<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    follow_up_at: Option<Option<DateTime<Utc>>>,
    /// Whose clock the person lives by (IANA); with null it is what the number tells.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    time_zone: Option<Option<String>>,
    tags: Option<Vec<String>>,
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    owner_user_id: Option<Option<i64>>,
    /// The name of a status: the lead moves there, by a person's hand.
    status: Option<String>,
}

impl Validate for LeadChanges {
    fn validate(&self, fields: &mut Fields) {
        fields.check_length(self.first_name.as_deref(), LONGEST_NAME, "first_name");
        fields.check_length(self.last_name.as_deref(), LONGEST_NAME, "last_name");
        fields.check_length(
            self.notes.as_ref().and_then(Option::as_deref),
            LONGEST_NOTES,
            "notes",
        );
        check_time_zone(self.time_zone.as_ref().and_then(Option::as_deref), fields);
        if let Some(tags) = &self.tags {
            check_tags(tags, fields);
        }
    }
}

/// Change a lead
///
/// With `If-Match` only if nobody has changed it in the meantime.
#[utoipa::path(
    tag = "leads", operation_id = "change_lead", request_body = LeadChanges,
    params(
        ("id" = i64, Path, description = "The lead"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the change is based on"),
    ),
    responses((status = 200, description = "The lead as it is now", body = LeadView))
)]
#[patch("/api/leads/{id}")]
pub(crate) async fn patch(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    lead: Id<LeadId>,
    expected: IfMatch,
    body: Body<LeadChanges>,
) -> Result<HttpResponse> {
    let (now, user, lead) = (gateway.clock.now(), caller.user, lead.0);
    let changed = gateway
        .db
        .tenant(caller.business, move |tx| {
            let wanted = body.value;
            let phone_e164 = match wanted.phone_e164 {
                Some(Some(text)) => Some(Some(phone(tx, &text)?)),
                other => other,
            };
            let edit = Edit {
                first_name: wanted.first_name.map(|name| name.trim().to_owned()),
                last_name: wanted.last_name.map(|name| name.trim().to_owned()),
                phone_e164,
                notes: wanted.notes,
                follow_up_at: wanted.follow_up_at,
                time_zone: wanted.time_zone,
                tags: wanted.tags,
                owner_user_id: wanted.owner_user_id,
            };
            leads::edit(tx, now, lead, expected.0, &edit)?;
            if let Some(status) = wanted.status {
                let change = StatusChange {
                    lead,
                    to: &status,
                    author: Author::Person { user },
                    reason: None,
                };
                if change_status(tx, now, &change)? == StatusOutcome::NoSuchStatus {
                    return Err(Problem::field(
                        Code::UnknownStatus,
                        "status",
                        "the business has no active status of that name",
                    ));
                }
            }
            Ok::<_, Problem>(leads::get(tx, lead)?)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(changed.version))
        .json(LeadView::from(changed)))
}
