use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use domain::ids::{ListId, UserId};
use serde::Deserialize;
use storage::lead_status::{Author, StatusChange, StatusOutcome, change_status};
use storage::leads::{self, NewLead, Source};
use storage::lists;
use utoipa::ToSchema;

use super::{LONGEST_NAME, LONGEST_NOTES, LeadView, check_tags, check_time_zone, phone};
use crate::extract::{Agent, Body, Caller, Fields, IdempotencyKey, Validate};
use crate::gateway::Gateway;
use crate::once::{Answer, once};
use crate::problem::{Code, Problem, Result};

/// A lead to be.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LeadToCreate {
    first_name: String,
    last_name: String,
    /// In any form; local numbers are read as of the business's country. `phone` is accepted too.
    #[serde(alias = "phone")]
    phone_e164: Option<String>,
    notes: Option<String>,
    /// What the person wants.
    service: Option<String>,
    /// Where the person lives.
    city: Option<String>,
    /// Whose clock the person lives by (IANA), where the number does not tell it.
    time_zone: Option<String>,
    tags: Vec<String>,
    /// The name of a status; the board's default when absent.
    status: Option<String>,
    owner_user_id: Option<i64>,
    outbound_list_id: Option<i64>,
}

impl Validate for LeadToCreate {
    fn validate(&self, fields: &mut Fields) {
        fields.check_length(Some(&self.first_name), LONGEST_NAME, "first_name");
        fields.check_length(Some(&self.last_name), LONGEST_NAME, "last_name");
        fields.check_length(self.service.as_deref(), LONGEST_NAME, "service");
        fields.check_length(self.city.as_deref(), LONGEST_NAME, "city");
        fields.check_length(self.notes.as_deref(), LONGEST_NOTES, "notes");
        check_time_zone(self.time_zone.as_deref(), fields);
        check_tags(&self.tags, fields);
        let named = [&self.first_name, &self.last_name]
            .iter()
            .any(|name| !name.trim().is_empty());
        fields.check(
            named || self.phone_e164.is_some(),
            "phone_e164",
            "a lead needs a name or a number",
        );
    }
}

/// Create a lead
#[utoipa::path(
    tag = "leads", operation_id = "create_lead", request_body = LeadToCreate,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first")),
    responses((status = 201, description = "Created", body = LeadView))
)]
#[post("/api/leads")]
pub(crate) async fn create(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    key: IdempotencyKey,
    body: Body<LeadToCreate>,
) -> Result<HttpResponse> {
    let (now, user, fingerprint) = (gateway.clock.now(), caller.user, body.fingerprint);
    once(&gateway, caller.business, key, fingerprint, move |tx| {
        let wanted = body.value;
        let business = tx.business;
        let list = wanted.outbound_list_id.map(ListId);
        if let Some(list) = list
            && !lists::exists(tx, business, list)?
        {
            return Err(Problem::field(
                Code::ValidationFailed,
                "outbound_list_id",
                "the business has no such list",
            ));
        }
        let phone_e164 = wanted.phone_e164.map(|text| phone(tx, &text)).transpose()?;
        let new = NewLead {
            first_name: wanted.first_name.trim().to_owned(),
            last_name: wanted.last_name.trim().to_owned(),
            phone_e164,
            notes: wanted.notes,
            service: wanted.service,
            city: wanted.city,
            time_zone: wanted.time_zone,
            tags: wanted.tags,
            owner: wanted.owner_user_id.map(UserId),
            list,
            source: Source::Manual,
        };
        let lead = leads::insert(tx, business, now, &new)?;
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
        Answer::json(StatusCode::CREATED, &LeadView::from(leads::get(tx, lead)?))
    })
    .await
}
