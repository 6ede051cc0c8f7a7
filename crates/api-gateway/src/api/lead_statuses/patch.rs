use actix_web::{HttpResponse, patch, web};
use serde::Deserialize;
use storage::statuses::{self, StatusEdit};
use utoipa::ToSchema;

use super::{
    StatusView, board, check_color, check_label, label_is_free, move_leads, named,
    refuse_to_close_the_default, show_one,
};
use crate::extract::{Admin, Body, Caller, Fields, Id, IfMatch, Validate, etag};
use crate::gateway::Gateway;
use crate::problem::Result;

/// What changes about a status: what is absent stays. Its name never changes.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct StatusChanges {
    /// What people see.
    #[schema(min_length = 1, max_length = 80)]
    label: Option<String>,
    /// `#rrggbb`.
    color: Option<String>,
    /// False switches it off: nobody stands there any more. With leads in it, `move_to` is needed.
    is_active: Option<bool>,
    /// True: new leads start here, and no more where they started before.
    is_default: Option<bool>,
    /// Automation never moves a lead out of it.
    is_protected: Option<bool>,
    /// Where the leads of a status that is switched off go: the name of another active one.
    move_to: Option<String>,
}

impl Validate for StatusChanges {
    fn validate(&self, fields: &mut Fields) {
        check_label(self.label.as_deref(), fields);
        check_color(self.color.as_deref(), fields);
        fields.check(
            self.is_default != Some(false),
            "is_default",
            "new leads have to start somewhere: make another status the default",
        );
        fields.check(
            !(self.is_default == Some(true) && self.is_active == Some(false)),
            "is_active",
            "the default status cannot be switched off",
        );
        fields.check(
            self.move_to.is_none() || self.is_active == Some(false),
            "move_to",
            "goes with is_active false only",
        );
    }
}

/// Change a status
///
/// With `If-Match` only if nobody has changed it in the meantime.
#[utoipa::path(
    tag = "leads", operation_id = "change_lead_status", request_body = StatusChanges,
    params(
        ("name" = String, Path, description = "The status"),
        ("If-Match" = Option<String>, Header, description = "The ETag that the change is based on"),
    ),
    responses((status = 200, description = "The status as it is now", body = StatusView))
)]
#[patch("/api/lead-statuses/{name}")]
pub(crate) async fn patch(
    gateway: web::Data<Gateway>,
    caller: Caller<Admin>,
    name: Id<String>,
    expected: IfMatch,
    body: Body<StatusChanges>,
) -> Result<HttpResponse> {
    let (author, name) = ((gateway.clock.now(), caller.user), name.0);
    let changed = gateway
        .db
        .tenant(caller.business, move |tx| {
            let wanted = body.value;
            let board = board(tx)?;
            let before = named(&board, &name)?;
            let label = wanted.label.map(|label| label.trim().to_owned());
            if let Some(label) = &label {
                label_is_free(&board, &name, label)?;
            }
            if wanted.is_active == Some(false) {
                refuse_to_close_the_default(before)?;
                move_leads(tx, &board, &name, wanted.move_to.as_deref(), author)?;
            }
            let edit = StatusEdit {
                label,
                color: wanted.color,
                // The default is one where leads can stand.
                is_active: wanted.is_active.or(wanted.is_default),
                is_protected: wanted.is_protected,
                is_default: wanted.is_default,
            };
            let changed = statuses::edit(tx, &name, expected.0, &edit)?;
            show_one(tx, changed)
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header(etag(changed.version))
        .json(changed))
}
