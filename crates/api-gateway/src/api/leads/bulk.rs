mod work;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use serde::{Deserialize, Serialize};
use storage::users::Role;
use utoipa::ToSchema;

use super::check_tags;
use super::filter::LeadFilter;
use crate::extract::{Agent, Body, Caller, Fields, IdempotencyKey, Validate, present};
use crate::gateway::Gateway;
use crate::once::{Answer, answered, keep};
use crate::problem::Result;
use work::Work;

/// Leads that are changed by one request, at most.
const MOST_LEADS: usize = 100_000;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Delete them, as `DELETE /api/leads/{id}` does; for admins.
    Delete,
    /// Move them to `status`, by a person's hand.
    ChangeStatus,
    /// `owner_user_id` looks after them; null: nobody.
    SetOwner,
    /// Add `tags`.
    AddTags,
    /// Remove `tags`.
    RemoveTags,
    /// They belong to `list_id`; null: to none.
    MoveToList,
}

/// A change of many leads. Exactly one of `lead_ids` and `filter` says of which, and the action which field it goes with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BulkChange {
    action: Action,
    /// These leads, 100,000 at most.
    #[serde(default)]
    lead_ids: Option<Vec<i64>>,
    /// The leads that pass a filter, which is that of `GET /api/leads`, 100,000 at most; `{}` chooses all.
    #[serde(default)]
    filter: Option<LeadFilter>,
    /// For `change_status`: the name of a status.
    #[serde(default)]
    status: Option<String>,
    /// For `set_owner`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    owner_user_id: Option<Option<i64>>,
    /// For `add_tags` and `remove_tags`.
    #[serde(default)]
    tags: Option<Vec<String>>,
    /// For `move_to_list`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>)]
    list_id: Option<Option<i64>>,
}

impl Validate for BulkChange {
    fn validate(&self, fields: &mut Fields) {
        let one = self.lead_ids.is_some() != self.filter.is_some();
        let message = "exactly one of lead_ids and filter must be given";
        fields.check(one, "lead_ids", message);
        if let Some(ids) = &self.lead_ids {
            let bounded = (1..=MOST_LEADS).contains(&ids.len());
            fields.check(bounded, "lead_ids", "must name 1 to 100,000 leads");
        }
        if let Some(filter) = &self.filter {
            filter.check(fields, "filter.");
        }
        if let Some(tags) = &self.tags {
            check_tags(tags, fields);
            fields.check(!tags.is_empty(), "tags", "must name at least one");
        }
        for (field, is_there, goes_with) in [
            (
                "status",
                self.status.is_some(),
                &[Action::ChangeStatus] as &[_],
            ),
            (
                "owner_user_id",
                self.owner_user_id.is_some(),
                &[Action::SetOwner],
            ),
            (
                "tags",
                self.tags.is_some(),
                &[Action::AddTags, Action::RemoveTags],
            ),
            ("list_id", self.list_id.is_some(), &[Action::MoveToList]),
        ] {
            let is_wanted = goes_with.contains(&self.action);
            fields.check(is_there || !is_wanted, field, "is missing");
            fields.check(
                is_wanted || !is_there,
                field,
                "does not go with this action",
            );
        }
    }
}

/// A lead that was chosen and is as before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptLead {
    lead_id: i64,
    /// `not_found`, `unchanged`, `in_a_call` or `too_many_tags`.
    reason: &'static str,
}

/// What came of a change of many leads.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulkChanged {
    /// How many leads were changed.
    changed: usize,
    /// Who was not, and why.
    skipped: Vec<KeptLead>,
}

/// Change many leads
///
/// Each lead is changed as it is by itself: a change of status leaves its history, an entry in the timeline and an event.
/// Leads are changed a thousand at a time; when the request breaks off, what was changed stays, and the same request again
/// (with the same `Idempotency-Key` or another) does the rest.
#[utoipa::path(
    tag = "leads", operation_id = "bulk_change_leads", request_body = BulkChange,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request answer as the first")),
    responses((status = 200, description = "Done", body = BulkChanged))
)]
#[post("/api/leads/bulk")]
pub(crate) async fn bulk(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    key: IdempotencyKey,
    body: Body<BulkChange>,
) -> Result<HttpResponse> {
    if body.value.action == Action::Delete {
        caller.demand(Role::Admin)?;
    }
    let (business, fingerprint) = (caller.business, body.fingerprint);
    if let Some(before) = answered(&gateway, business, &key, fingerprint).await? {
        return Ok(before);
    }
    let work = Work::begin(&gateway, business, caller.user, body.value).await?;
    let changed = work.finish(&gateway).await?;
    tracing::info!(
        business_id = business.0,
        changed = changed.changed,
        skipped = changed.skipped.len(),
        "leads were changed"
    );
    let answer = Answer::json(StatusCode::OK, &changed)?;
    keep(&gateway, business, key, fingerprint, answer).await
}
