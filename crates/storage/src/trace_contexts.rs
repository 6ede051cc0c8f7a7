//! `trace_contexts`: which trace a run, an attempt or a conversation belongs to, for work that goes on long after the request
//! that asked for it. While no traces are exported nothing is written or read.

use chrono::Duration;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Interval, Uuid as SqlUuid};
use domain::ids::{AttemptId, BusinessId, RunId};

use crate::schema::trace_contexts as t;
use crate::{Db, Result, StorageError, TenantTx, Tx};

/// What belongs to a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A run, from the request for it.
    Run(RunId),
    /// One call, from the dial or from its admission.
    Attempt(AttemptId),
    /// A conversation, by its source event.
    Conversation(String),
}

impl Subject {
    fn key(&self) -> String {
        match self {
            Self::Run(run) => format!("run:{run}"),
            Self::Attempt(attempt) => format!("attempt:{}", attempt.0),
            Self::Conversation(event) => format!("conversation:{event}"),
        }
    }
}

/// Has `subject` go on from the current span.
///
/// # Errors
/// When the row cannot be written.
pub fn remember(tx: &mut Tx<'_>, business: BusinessId, subject: &Subject) -> Result<()> {
    let Some(traceparent) = observe::trace::parent() else {
        return Ok(());
    };
    diesel::insert_into(t::table)
        .values((
            t::business_id.eq(business.0),
            t::subject.eq(subject.key()),
            t::traceparent.eq(&traceparent),
        ))
        .on_conflict((t::business_id, t::subject))
        .do_update()
        .set((
            t::traceparent.eq(&traceparent),
            t::created_at.eq(diesel::dsl::now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

impl Db {
    /// As [`remember`], in a transaction of its own.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub async fn remember_trace(&self, business: BusinessId, subject: Subject) -> Result<()> {
        if !observe::trace::is_on() {
            return Ok(());
        }
        self.tenant(business, move |tx| remember(tx, business, &subject))
            .await
    }

    /// What `subject` goes on from, as far as that is known.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn trace_of(&self, business: BusinessId, subject: Subject) -> Result<Option<String>> {
        if !observe::trace::is_on() {
            return Ok(None);
        }
        self.tenant(business, move |tx| recall(tx, &subject)).await
    }

    /// What the callbacks of an attempt go on from, whosever it is.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn trace_of_attempt(&self, attempt: AttemptId) -> Result<Option<String>> {
        #[derive(QueryableByName)]
        struct Whose {
            #[diesel(sql_type = diesel::sql_types::Nullable<BigInt>)]
            business_id: Option<i64>,
        }
        if !observe::trace::is_on() {
            return Ok(None);
        }
        let whose = self
            .statement(move |tx| {
                let whose: Whose =
                    diesel::sql_query("SELECT business_of_attempt($1) AS business_id")
                        .bind::<SqlUuid, _>(attempt.0)
                        .get_result(tx.conn)?;
                Ok(whose.business_id)
            })
            .await?;
        match whose {
            Some(business) => {
                self.trace_of(BusinessId(business), Subject::Attempt(attempt))
                    .await
            }
            None => Ok(None),
        }
    }
}

fn recall(tx: &mut TenantTx<'_>, subject: &Subject) -> Result<Option<String>> {
    let found = t::table
        .filter(t::business_id.eq(tx.business.0))
        .filter(t::subject.eq(subject.key()))
        .select(t::traceparent)
        .first(tx.conn)
        .optional()?;
    Ok(found)
}

/// Forgets what is older than `keep`, of every tenant, at most `most` rows.
///
/// # Errors
/// When the statement fails.
pub fn prune(tx: &mut Tx<'_>, keep: Duration, most: i32) -> std::result::Result<(), StorageError> {
    diesel::sql_query("SELECT prune_trace_contexts($1, $2)")
        .bind::<Interval, _>(keep)
        .bind::<Integer, _>(most)
        .execute(tx.conn)?;
    Ok(())
}
