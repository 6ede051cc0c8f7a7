use std::collections::HashSet;
use std::sync::Arc;

use domain::ids::{BusinessId, LeadId, ListId, UserId};
use storage::lead_status::change_many;
use storage::leads::{self, Change, Filter, Kept};
use storage::{StorageError, TenantTx, lists, statuses};

use super::{Action, BulkChange, BulkChanged, KeptLead, MOST_LEADS};
use crate::gateway::Gateway;
use crate::problem::{Code, Problem, Result};

/// Leads of a transaction: enough to share a commit, few enough that nobody waits long for one of them.
const BATCH: usize = 1_000;
/// How often a batch is tried that others stand in the way of.
const TRIES: u8 = 4;

/// A change of chosen leads, which is sound.
pub(super) struct Work {
    business: BusinessId,
    user: Option<UserId>,
    leads: Vec<LeadId>,
    task: Arc<Task>,
}

enum Task {
    Move { to: String },
    Change(Change),
}

impl Work {
    /// Chooses the leads and looks whether the change can be made.
    pub(super) async fn begin(
        gateway: &Gateway,
        business: BusinessId,
        user: Option<UserId>,
        wanted: BulkChange,
    ) -> Result<Self> {
        let (leads, task) = gateway
            .db
            .tenant(business, move |tx| {
                let task = wanted.task(user);
                task.check(tx)?;
                Ok::<_, Problem>((wanted.chosen(tx)?, task))
            })
            .await?;
        Ok(Self {
            business,
            user,
            leads,
            task: Arc::new(task),
        })
    }

    /// Makes the change, batch by batch.
    pub(super) async fn finish(self, gateway: &Gateway) -> Result<BulkChanged> {
        let mut skipped = Vec::new();
        for batch in self.leads.chunks(BATCH) {
            let kept = self.batch(gateway, batch).await?;
            skipped.extend(kept.into_iter().map(|(lead, why)| KeptLead {
                lead_id: lead.0,
                reason: why.as_str(),
            }));
        }
        Ok(BulkChanged {
            changed: self.leads.len() - skipped.len(),
            skipped,
        })
    }

    async fn batch(&self, gateway: &Gateway, batch: &[LeadId]) -> Result<Vec<(LeadId, Kept)>> {
        let mut tries = TRIES;
        loop {
            let (now, user) = (gateway.clock.now(), self.user);
            let (task, leads) = (Arc::clone(&self.task), batch.to_vec());
            let done = gateway
                .db
                .tenant(self.business, move |tx| match &*task {
                    Task::Move { to } => change_many(tx, now, &leads, to, user),
                    Task::Change(change) => leads::change(tx, now, &leads, change).map(Some),
                })
                .await;
            tries -= 1;
            match done {
                Ok(Some(kept)) => return Ok(kept),
                Ok(None) => return Err(unknown_status()),
                Err(StorageError::Contended(_)) if tries > 0 => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl Task {
    /// Refuses what the business does not have.
    fn check(&self, tx: &mut TenantTx<'_>) -> Result<()> {
        match self {
            Self::Move { to } => {
                let board = statuses::board(tx)?;
                let mut board = board.iter();
                if !board.any(|status| status.name == *to && status.is_active) {
                    return Err(unknown_status());
                }
            }
            Self::Change(Change::List(Some(list))) => {
                let business = tx.business;
                if !lists::exists(tx, business, *list)? {
                    let message = "the business has no such list";
                    return Err(Problem::field(Code::ValidationFailed, "list_id", message));
                }
            }
            Self::Change(_) => {}
        }
        Ok(())
    }
}

impl BulkChange {
    fn task(&self, user: Option<UserId>) -> Task {
        let mut seen = HashSet::new();
        let tags = self.tags.iter().flatten().cloned();
        let tags = tags.filter(|tag| seen.insert(tag.clone())).collect();
        Task::Change(match self.action {
            Action::ChangeStatus => {
                let to = self.status.clone().unwrap_or_default();
                return Task::Move { to };
            }
            Action::Delete => Change::Delete { by: user },
            Action::SetOwner => Change::Owner(self.owner_user_id.flatten().map(UserId)),
            Action::AddTags => Change::AddTags(tags),
            Action::RemoveTags => Change::RemoveTags(tags),
            Action::MoveToList => Change::List(self.list_id.flatten().map(ListId)),
        })
    }

    fn chosen(self, tx: &mut TenantTx<'_>) -> Result<Vec<LeadId>> {
        if let Some(ids) = self.lead_ids {
            let mut leads: Vec<LeadId> = ids.into_iter().map(LeadId).collect();
            leads.sort_unstable();
            leads.dedup();
            return Ok(leads);
        }
        let filter = Filter::from(self.filter.unwrap_or_default());
        let most = i64::try_from(MOST_LEADS).unwrap_or(i64::MAX);
        let leads = leads::ids(tx, &filter, most + 1)?;
        if leads.len() > MOST_LEADS {
            let message = format!("at most {MOST_LEADS} leads");
            return Err(Problem::from(Code::TooManyLeads).detail(message));
        }
        Ok(leads)
    }
}

fn unknown_status() -> Problem {
    let message = "the business has no active status of that name";
    Problem::field(Code::UnknownStatus, "status", message)
}
