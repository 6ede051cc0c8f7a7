//! What only the benchmark needs: a database of its own, filled by the thousand, and what came of it. Nothing here is part
//! of a service; the login must be one that may create databases.

pub mod analytics;
pub mod board;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use domain::ids::{BusinessId, LeadId};

use crate::{Result, StorageError};

/// What every seeded lead's number begins with; the place of its job follows, in eight digits.
pub const NUMBERS: &str = "+9725";

/// What a benchmark finds.
#[derive(Debug, Clone, Copy)]
pub struct Seed {
    /// Businesses.
    pub tenants: u32,
    /// Leads of each.
    pub leads: u32,
    /// Lines of each business, and calls of its run that may be in the air at once.
    pub lines: i16,
    /// Whether each business has a run that calls all its leads.
    pub queued: bool,
    /// Finished jobs of one more business, each with its call.
    pub history: u32,
}

/// The server, as far as a figure depends on it.
#[derive(Debug, Clone, QueryableByName)]
pub struct Server {
    /// PostgreSQL's version.
    #[diesel(sql_type = Text)]
    pub version: String,
    /// `on` or `off`.
    #[diesel(sql_type = Text)]
    pub fsync: String,
    /// `on`, `off`, …
    #[diesel(sql_type = Text)]
    pub synchronous_commit: String,
}

/// An open connection, for as long as somebody looks at the process that serves it.
pub struct Held {
    _conn: PgConnection,
    backend: i32,
}

#[derive(QueryableByName)]
struct Backend {
    #[diesel(sql_type = Integer)]
    backend: i32,
}

impl Held {
    /// Connects.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn open(url: &str) -> Result<Self> {
        let mut conn = connect(url)?;
        let Backend { backend } =
            diesel::sql_query("SELECT pg_backend_pid() AS backend").get_result(&mut conn)?;
        Ok(Self {
            _conn: conn,
            backend,
        })
    }

    /// The number of the process that serves it, on the server's machine.
    #[must_use]
    pub const fn backend(&self) -> i32 {
        self.backend
    }
}

/// What the database says of a benchmark that is over, its history left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub struct Outcome {
    /// Jobs that were called.
    #[diesel(sql_type = BigInt)]
    pub completed: i64,
    /// Calls.
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    /// Lines that are held.
    #[diesel(sql_type = BigInt)]
    pub held: i64,
    /// The most calls that a business had in the air at once, by the history.
    #[diesel(sql_type = BigInt)]
    pub most: i64,
}

fn connect(url: &str) -> Result<PgConnection> {
    PgConnection::establish(url).map_err(|error| StorageError::Unavailable(Box::new(error)))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Creates an empty database on the server of `url`.
///
/// # Errors
/// When the server cannot be reached, or its login may not create databases.
pub fn create_database(url: &str, name: &str) -> Result<()> {
    let create = format!("CREATE DATABASE {}", quoted(name));
    diesel::sql_query(create).execute(&mut connect(url)?)?;
    Ok(())
}

/// Drops the database and ends whoever is connected to it.
///
/// # Errors
/// When the server cannot be reached, or refuses.
pub fn drop_database(url: &str, name: &str) -> Result<()> {
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
    diesel::sql_query(drop).execute(&mut connect(url)?)?;
    Ok(())
}

/// What the figures depend on.
///
/// # Errors
/// When the database cannot be reached.
pub fn server(url: &str) -> Result<Server> {
    let server = diesel::sql_query(
        "SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
                current_setting('synchronous_commit') AS synchronous_commit",
    );
    Ok(server.get_result(&mut connect(url)?)?)
}

/// Businesses with their settings and leads, and tenant by tenant a run of each.
fn businesses(seed: &Seed) -> String {
    let Seed {
        tenants,
        leads,
        lines,
        ..
    } = *seed;
    let mut script = format!(
        "INSERT INTO business (name) SELECT 'tenant ' || n FROM generate_series(1, {tenants}) n;
         INSERT INTO business_settings (business_id, caller_number, max_outbound, max_total)
         SELECT id, '+97233' || lpad(id::text, 7, '0'), {lines}, {lines} FROM business;
         INSERT INTO leads (tenant_id, first_name, phone_e164)
         SELECT b.id, 'lead ' || n, '{NUMBERS}' || lpad(((b.place - 1) * {leads} + n - 1)::text, 8, '0')
         FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM business) b, generate_series(1, {leads}) n
         ORDER BY b.id, n;"
    );
    if seed.queued {
        script += &format!(
            "INSERT INTO outbound_call_runs (business_id, total_leads, queued_count, status, started_at, concurrency)
             SELECT id, {leads}, {leads}, 'running', now(), {lines} FROM business ORDER BY id;
             INSERT INTO outbound_call_jobs (business_id, run_id, lead_id)
             SELECT r.business_id, r.id, l.id FROM outbound_call_runs r JOIN leads l ON l.tenant_id = r.business_id
             ORDER BY r.id, l.id;"
        );
    }
    script
}

/// A business whose run is over: plans that are made over empty tables are not those of an installation at work.
fn history(jobs: u32) -> String {
    format!(
        "WITH one AS (INSERT INTO business (name) VALUES ('history') RETURNING id)
         INSERT INTO business_settings (business_id, caller_number) SELECT id, '+972509999999' FROM one;
         INSERT INTO leads (tenant_id, first_name, phone_e164)
         SELECT b.id, 'lead ' || n, '+9724' || lpad(n::text, 8, '0') FROM business b, generate_series(1, {jobs}) n
         WHERE b.name = 'history';
         INSERT INTO outbound_call_runs (business_id, total_leads, completed_count, cursor_position, status, started_at,
                                         ended_at)
         SELECT id, {jobs}, {jobs}, {jobs}, 'completed', now(), now() FROM business WHERE name = 'history';
         INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, status, outcome, started_at, completed_at)
         SELECT r.business_id, r.id, l.id, 'completed', 'completed', now(), now()
         FROM outbound_call_runs r JOIN leads l ON l.tenant_id = r.business_id
         WHERE r.status = 'completed' ORDER BY l.id;
         INSERT INTO call_log (business_id, attempt_id, lead_id, run_id, job_id, call_sid, from_number, to_number,
                               direction, status, dial_state, line, lock_token, ended_at, duration)
         SELECT j.business_id, gen_random_uuid(), j.lead_id, j.run_id, j.id, 'history ' || j.id, '+972509999999',
                l.phone_e164, 'outbound', 'completed', 'accepted', 1, gen_random_uuid(), now(), 1
         FROM outbound_call_jobs j JOIN leads l ON l.tenant_id = j.business_id AND l.id = j.lead_id
         WHERE j.status = 'completed' ORDER BY j.id;"
    )
}

/// Fills a migrated, empty database; afterwards its statistics are true and its pages are on disk, so that neither is paid
/// for by what is measured.
///
/// # Errors
/// When the database cannot be reached or a statement fails.
pub fn seed(url: &str, seed: &Seed) -> Result<()> {
    let mut conn = connect(url)?;
    conn.transaction(|conn| {
        conn.batch_execute(&businesses(seed))?;
        conn.batch_execute(&history(seed.history))
    })?;
    conn.batch_execute("ANALYZE")?;
    conn.batch_execute("CHECKPOINT")?;
    Ok(())
}

#[derive(QueryableByName)]
struct LeadRow {
    #[diesel(sql_type = BigInt)]
    tenant_id: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The first business and its leads, in the order of their import.
///
/// # Errors
/// When the database cannot be reached, or nobody is there.
pub fn first_business(url: &str) -> Result<(BusinessId, Vec<LeadId>)> {
    let rows: Vec<LeadRow> = diesel::sql_query(
        "SELECT tenant_id, id FROM leads WHERE tenant_id = (SELECT min(id) FROM business) ORDER BY id",
    )
    .load(&mut connect(url)?)?;
    let business = rows.first().ok_or(StorageError::NotFound)?.tenant_id;
    let leads = rows.iter().map(|row| LeadId(row.id)).collect();
    Ok((BusinessId(business), leads))
}

/// How many jobs are over, however they ended, its history left out.
///
/// # Errors
/// When the database cannot be reached.
pub fn over(url: &str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Over {
        #[diesel(sql_type = BigInt)]
        jobs: i64,
    }
    let Over { jobs } = diesel::sql_query(
        "SELECT coalesce(sum(r.completed_count + r.failed_count + r.cancelled_count), 0)::bigint AS jobs
         FROM outbound_call_runs r JOIN business b ON b.id = r.business_id WHERE b.name <> 'history'",
    )
    .get_result(&mut connect(url)?)?;
    Ok(jobs)
}

/// What came of it.
///
/// # Errors
/// When the database cannot be reached.
pub fn outcome(url: &str) -> Result<Outcome> {
    let outcome = diesel::sql_query(
        "WITH measured AS (SELECT id FROM business WHERE name <> 'history'),
              calls AS (SELECT business_id, created_at, coalesce(ended_at, now()) AS ended_at FROM call_log
                        WHERE business_id IN (SELECT id FROM measured)),
              swept AS (SELECT sum(step) OVER (PARTITION BY business_id ORDER BY at, step ROWS UNBOUNDED PRECEDING) AS n
                        FROM (SELECT business_id, created_at AS at, 1 AS step FROM calls
                              UNION ALL SELECT business_id, ended_at, -1 FROM calls) steps)
         SELECT (SELECT count(*) FROM outbound_call_jobs
                 WHERE status = 'completed' AND business_id IN (SELECT id FROM measured)) AS completed,
                (SELECT count(*) FROM calls) AS calls,
                (SELECT count(*) FROM call_log WHERE ended_at IS NULL) AS held,
                (SELECT coalesce(max(n), 0)::bigint FROM swept) AS most",
    );
    Ok(outcome.get_result(&mut connect(url)?)?)
}

#[derive(QueryableByName)]
struct Due {
    #[diesel(sql_type = BigInt)]
    due: i64,
}

/// How many days of analytics, and changes that are not yet put to a day, wait to be computed.
///
/// # Errors
/// When the database cannot be reached or the statement fails.
pub fn analytics_due(url: &str) -> Result<i64> {
    let due = diesel::sql_query(
        "SELECT (SELECT count(*) FROM analytics_changes) + (SELECT count(*) FROM analytics_days WHERE due_at <= now()) AS due",
    );
    Ok(due.get_result::<Due>(&mut connect(url)?)?.due)
}
