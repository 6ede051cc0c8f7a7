use actix_web::{post, web};
use domain::ids::DecisionId;
use domain::messages;
use serde::Serialize;
use storage::decisions::{self, Undo};
use storage::{leads, timeline, users};
use utoipa::ToSchema;

use crate::api::leads::decisions::DecisionView;
use crate::extract::{Agent, Caller, Id};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// A decision that was undone, and where its lead stands now.
#[derive(Serialize, ToSchema)]
pub(crate) struct UndoneView {
    #[serde(flatten)]
    decision: DecisionView,
    /// The name of the lead's status.
    lead_status: Option<String>,
}

/// Undo a decision
///
/// Puts the lead back to where it stood before the decision (a lead that had no status, to the board's default), for good:
/// the same conversation never moves it again. Undoing again answers the same and changes nothing. Refused with 409:
/// `nothing_to_undo` when the decision moved nothing, `lead_moved_since` when a newer change stands, `status_before_gone`
/// when there is no such status to go back to.
#[utoipa::path(
    tag = "leads", operation_id = "undo_decision",
    params(("id" = i64, Path, description = "The decision")),
    responses((status = 200, description = "The decision, and the lead's status", body = UndoneView))
)]
#[post("/api/decisions/{id}/undo")]
pub(crate) async fn undo(
    gateway: web::Data<Gateway>,
    caller: Caller<Agent>,
    decision: Id<DecisionId>,
) -> Result<web::Json<UndoneView>> {
    let (now, user, decision) = (gateway.clock.now(), caller.user, decision.0);
    let undone = gateway
        .db
        .tenant(caller.business, move |tx| {
            let business = tx.business;
            // The history is read by everyone, so it speaks the business's language.
            let language = users::language(tx, business, None)?;
            let reason = messages::text(language, "change-undone", &[]);
            match decisions::undo(tx, now, decision, user, &reason)? {
                Undo::Undone | Undo::UndoneBefore => {}
                Undo::NothingToUndo => return Err(Code::NothingToUndo.into()),
                Undo::MovedSince => return Err(Code::LeadMovedSince.into()),
                Undo::StatusGone => return Err(Code::StatusBeforeGone.into()),
            }
            let (row, lead) = timeline::decision(tx, decision)?;
            Ok::<_, Problem>(UndoneView {
                decision: row.into(),
                lead_status: leads::get(tx, lead)?.status,
            })
        })
        .await?;
    Ok(web::Json(undone))
}
