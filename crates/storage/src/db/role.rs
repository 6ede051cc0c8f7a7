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

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// Transactions, whose statements are planned for the values at hand.
    Transactions,
    /// Single statements that read, planned once per connection. Such a plan must not scan a table because that was small.
    Reads,
}

impl Use {
    /// Its settings of a session.
    const fn settings(self) -> &'static str {
        match self {
            Self::Transactions => "",
            Self::Reads => {
                "set_config('plan_cache_mode', 'force_generic_plan', false), \
                 set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false), \
                 set_config('default_transaction_read_only', 'on', false), "
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct ActAs {
    pub(crate) role: ServiceRole,
    pub(crate) for_what: Use,
}

impl ActAs {
    pub(crate) fn prepare(&self, conn: &mut PgConnection) -> QueryResult<()> {
        let role = self.role.role_name();
        let plans = match self.role {
            // The same few statements over and over, each reaching its rows by keys: planning them anew for the values at
            // hand takes longer than running them, and a plan made while a table was small must not scan it when it is not.
            ServiceRole::Dialer => {
                "set_config('plan_cache_mode', 'force_generic_plan', false), \
                 set_config('enable_seqscan', 'off', false), set_config('enable_bitmapscan', 'off', false), \
                 set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false), \
                 set_config('enable_material', 'off', false), set_config('jit', 'off', false), "
            }
            _ => self.for_what.settings(),
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
