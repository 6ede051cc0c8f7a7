//! Whom a connection acts as, and how it plans.

use diesel::prelude::*;
use diesel::r2d2::CustomizeConnection;

/// The database role that a process acts as; it owns no table, and the grants are its pen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceRole {
    /// The public door.
    ApiGateway,
    /// Slots, jobs, calls.
    Dialer,
    /// Recordings, transcripts, summaries.
    RecordingProcessor,
    /// The lead's status.
    StatusEngine,
    /// Operators' commands.
    Operator,
}

impl ServiceRole {
    /// The name of the role in PostgreSQL.
    #[must_use]
    pub const fn role_name(self) -> &'static str {
        match self {
            Self::ApiGateway => "callboard_api_gateway",
            Self::Dialer => "callboard_dialer",
            Self::RecordingProcessor => "callboard_recording_processor",
            Self::StatusEngine => "callboard_status_engine",
            Self::Operator => "callboard_operator",
        }
    }

    /// The name of the service, as in events and logs.
    #[must_use]
    pub const fn service_name(self) -> &'static str {
        match self {
            Self::ApiGateway => "api-gateway",
            Self::Dialer => "dialer",
            Self::RecordingProcessor => "recording-processor",
            Self::StatusEngine => "status-engine",
            Self::Operator => "operator",
        }
    }
}

/// How the statements of a transaction are planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plans {
    /// For the values at hand.
    Fresh,
    /// Once per connection: for statements of which each is best run in one way whatever its values are, by an index that has
    /// its rows in their order.
    Kept,
}

impl Plans {
    /// What is said after a transaction has begun. A plan that was made while a table was small must not scan it when it is
    /// not.
    pub(super) const fn settings(self) -> &'static str {
        match self {
            Self::Fresh => "",
            Self::Kept => {
                "; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; \
                 SET LOCAL enable_bitmapscan = off"
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ActAs(pub(crate) ServiceRole);

impl ActAs {
    pub(crate) fn prepare(&self, conn: &mut PgConnection) -> QueryResult<()> {
        let role = self.0.role_name();
        let plans = match self.0 {
            // The same few statements over and over, each reaching its rows by keys: planning them anew for the values at
            // hand takes longer than running them, and a plan made while a table was small must not scan it when it is not.
            ServiceRole::Dialer => {
                "set_config('plan_cache_mode', 'force_generic_plan', false), \
                 set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false), \
                 set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false), \
                 set_config('enable_material', 'off', false), set_config('jit', 'off', false), "
            }
            _ => "",
        };
        diesel::sql_query(format!(
            "SELECT {plans}set_config('role', '{role}', false), set_config('application_name', '{role}', false), \
             set_config('statement_timeout', '30s', false), set_config('lock_timeout', '5s', false), \
             set_config('idle_in_transaction_session_timeout', '30s', false), set_config('timezone', 'UTC', false)"
        ))
        .execute(conn)
        .map(drop)
    }
}

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for ActAs {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        self.prepare(conn).map_err(diesel::r2d2::Error::QueryError)
    }
}
