//! A fold as the turn takes it: the composite type `turn_call` of the database.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql, WriteTuple};
use diesel::sql_types::{
    BigInt, Bool, Integer, Nullable, SmallInt, SqlType, Text, Timestamptz, Uuid as SqlUuid,
};
use domain::attempt::Attempt;
use domain::breaker;
use domain::call::Direction;

use super::Fold;

/// `turn_call`.
#[derive(Debug, Clone, Copy, SqlType, diesel::query_builder::QueryId)]
#[diesel(postgres_type(name = "turn_call"))]
pub(crate) struct TurnCall;

/// One value of it.
#[derive(Debug)]
pub(crate) struct TurnCallRow<'a>(pub(crate) &'a Fold);

type Columns = (
    BigInt,
    BigInt,
    Integer,
    SqlUuid,
    Nullable<Text>,
    Text,
    Text,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Nullable<Integer>,
    Nullable<Integer>,
    Nullable<Text>,
    Bool,
    Nullable<Timestamptz>,
    Bool,
    Nullable<BigInt>,
    Nullable<BigInt>,
    Nullable<SqlUuid>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Text>,
    Nullable<Timestamptz>,
    Nullable<Text>,
    SmallInt,
    Nullable<Text>,
    Bool,
);

impl ToSql<TurnCall, Pg> for TurnCallRow<'_> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let Self(fold) = self;
        let call = &fold.call;
        let Attempt {
            status,
            dial_state,
            answered_by,
            ..
        } = call.state;
        let job = fold.job.as_ref();
        // A call that goes on tells its job once: when the carrier has it.
        let job_status = match job {
            Some(job) => Some(job.how.job_status()),
            None if fold.learned_sid && call.of.is_some() => Some("calling"),
            None => None,
        };
        let due: Option<(DateTime<Utc>, &str)> = job.and_then(|job| job.due);
        WriteTuple::<Columns>::write_tuple(
            &(
                call.business.0,
                call.id,
                call.revision,
                call.attempt.0,
                call.call_sid.as_deref(),
                dial_state.as_str(),
                status.as_str(),
                answered_by.map(|who| who.as_str()),
                call.answered_at,
                call.duration,
                fold.error_code,
                fold.error_message.as_deref(),
                fold.ended,
                fold.reconcile_at,
                call.direction == Direction::Inbound,
                call.of.map(|(run, _)| run.0),
                call.of.map(|(_, job)| job.0),
                call.token.map(|token| token.0),
                job_status,
                job.map(|job| job.otherwise.job_status()),
                job.map(|job| job.outcome),
                due.map(|(at, _)| at),
                due.map(|(_, why)| why),
                i16::from(fold.learned_sid),
                job.and_then(|job| job.remembered)
                    .map(breaker::Outcome::letter),
                fold.asked,
            ),
            &mut out.reborrow(),
        )
    }
}
