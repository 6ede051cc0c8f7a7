//! Row security as the only line of defence: what each service's role reaches of another business when the statement names
//! no tenant of its own accord. Walks the catalogue, so a table that is added later is tried too.

use domain::ids::BusinessId;
use storage::ServiceRole;
use testkit::{Business, Database, TenantTable};

const SERVICES: [ServiceRole; 4] = [
    ServiceRole::ApiGateway,
    ServiceRole::Dialer,
    ServiceRole::RecordingProcessor,
    ServiceRole::StatusEngine,
];

/// The dialer schedules across tenants, on these tables and no others. An opt-out and a callback are part of scheduling.
const SCHEDULING: [&str; 11] = [
    "business",
    "business_settings",
    "call_log",
    "call_reconciliations",
    "call_slots",
    "carrier_callbacks",
    "inbox_events",
    "leads",
    "outbound_call_jobs",
    "outbound_call_runs",
    "suppressions",
];

/// A relay publishes what its own service raised, of every tenant.
const RELAYED: &str = "outbox_events";

/// Whether the role works across tenants on the table.
fn is_open_to(role: ServiceRole, table: &TenantTable) -> bool {
    table.name == RELAYED
        || (role == ServiceRole::Dialer && SCHEDULING.contains(&table.name.as_str()))
}

/// A database with two businesses that have a row in every table.
async fn two_businesses() -> (Database, Business, Business) {
    let database = Database::create().await;
    let operator = database.db(ServiceRole::Operator);
    let business = || {
        testkit::business(&operator)
            .with_leads(1)
            .with_user(storage::users::Role::Admin)
    };
    let (own, other) = (business().await, business().await);
    database.fill(own.id, "of-ours").await;
    database.fill(other.id, "of-theirs").await;
    (database, own, other)
}

/// Runs a statement as a role that has named a tenant ('' for none), takes it back, and tells what the database said.
const ATTEMPT: &str = "
CREATE FUNCTION attempt(service text, tenant text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    PERFORM set_config('role', service, true), set_config('app.business_id', tenant, true);
    EXECUTE statement;
    GET DIAGNOSTICS n = ROW_COUNT;
    RAISE EXCEPTION '% rows', n;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$";

/// What the database said to each statement of a role that has named `tenant`.
async fn answers(
    database: &Database,
    role: ServiceRole,
    tenant: Option<BusinessId>,
    statements: &[String],
) -> Vec<String> {
    let tenant = tenant.map(|id| id.to_string()).unwrap_or_default();
    let list: Vec<String> = statements
        .iter()
        .map(|statement| format!("$try${statement}$try$"))
        .collect();
    let rows = database
        .sql(&format!(
            "SELECT n, attempt('{}', '{tenant}', statement) AS said
             FROM unnest(ARRAY[{}]) WITH ORDINALITY AS s (statement, n) ORDER BY n",
            role.role_name(),
            list.join(", ")
        ))
        .await;
    rows.iter()
        .map(|row| row["said"].as_str().expect("a text").to_owned())
        .collect()
}

/// The columns of a table that one may write, and the one of them that `role` may change, or else the key.
async fn columns(database: &Database, role: ServiceRole, table: &TenantTable) -> (String, String) {
    let rows = database
        .sql(&format!(
            "SELECT string_agg(quote_ident(column_name), ', ') AS every,
                    min(column_name) FILTER (WHERE has_column_privilege('{}', table_name, column_name, 'UPDATE')) AS one
             FROM (SELECT table_name::text, column_name::text FROM information_schema.columns
                   WHERE table_schema = 'public' AND table_name = '{}' AND is_generated = 'NEVER'
                     AND is_identity = 'NO') c",
            role.role_name(),
            table.name
        ))
        .await;
    let text = |key: &str| rows[0][key].as_str().map(ToOwned::to_owned);
    (
        text("every").expect("a table has columns"),
        text("one").unwrap_or_else(|| table.key.clone()),
    )
}

/// Every way to reach the other business's rows of a table, while the own one is named.
async fn reaches(
    database: &Database,
    role: ServiceRole,
    table: &TenantTable,
    own: BusinessId,
    other: BusinessId,
) -> Vec<String> {
    let TenantTable { name, key } = table;
    let (every, one) = columns(database, role, table).await;
    let theirs = &database.rows_of(other, table).await[0]["row"];
    vec![
        format!("SELECT FROM {name} WHERE {key} = {other}"),
        format!("UPDATE {name} SET {one} = DEFAULT WHERE {key} = {other}"),
        format!("DELETE FROM {name} WHERE {key} = {other}"),
        format!(
            "INSERT INTO {name} ({every}) SELECT {every} FROM jsonb_populate_record(NULL::{name}, $row${theirs}$row$)"
        ),
        format!("UPDATE {name} SET {key} = {other} WHERE {key} = {own}"),
    ]
}

/// Whether nothing was reached, for the reason that counts: not a constraint that happened to be in the way.
fn is_walled(said: &str) -> bool {
    said == "0 rows"
        || said.starts_with("permission denied")
        || said.contains("violates row-level security policy")
        // The key of `business` itself, which nobody can set.
        || said == "column \"id\" can only be updated to DEFAULT"
}

#[tokio::test]
async fn no_role_reaches_another_business_s_rows_in_any_table() {
    let (database, own, other) = two_businesses().await;
    database.execute(ATTEMPT).await;
    let mut holes = Vec::new();
    for table in database.tenant_tables().await {
        for role in SERVICES {
            if is_open_to(role, &table) {
                continue;
            }
            let statements = reaches(&database, role, &table, own.id, other.id).await;
            let said = answers(&database, role, Some(own.id), &statements).await;
            holes.extend(
                statements
                    .into_iter()
                    .zip(said)
                    .filter(|(_, said)| !is_walled(said))
                    .map(|(statement, said)| (role.role_name(), statement, said)),
            );
        }
    }
    assert_eq!(holes, []);
}

#[tokio::test]
async fn a_transaction_that_names_no_business_sees_none() {
    let (database, ..) = two_businesses().await;
    database.execute(ATTEMPT).await;
    let tables = database.tenant_tables().await;
    for role in SERVICES {
        let walled = tables.iter().filter(|table| !is_open_to(role, table));
        let look: Vec<String> = walled
            .map(|table| format!("SELECT FROM {}", table.name))
            .collect();
        let said = answers(&database, role, None, &look).await;
        let seen: Vec<_> = look
            .iter()
            .zip(said)
            .filter(|(_, said)| !is_walled(said))
            .collect();
        assert_eq!(seen, [], "{role:?}");
    }
}

/// The walls have a door: without this, a role that sees nothing at all would pass.
#[tokio::test]
async fn a_role_reads_the_business_that_it_names_wherever_it_may_read() {
    let (database, own, _) = two_businesses().await;
    database.execute(ATTEMPT).await;
    let mut shut = Vec::new();
    for role in SERVICES {
        for table in database.tenant_tables().await {
            let look = format!(
                "SELECT FROM {} WHERE {} = {}",
                table.name, table.key, own.id
            );
            let said = answers(&database, role, Some(own.id), &[look])
                .await
                .remove(0);
            if said == "0 rows" || (is_open_to(role, &table) && !said.ends_with(" rows")) {
                shut.push((role.role_name(), table.name, said));
            }
        }
    }
    assert_eq!(shut, []);
}

/// What is open across tenants is so on purpose: an exception that nobody needs any more is taken off the list. A relay sees
/// what its own service raised and nothing of the others.
#[tokio::test]
async fn what_is_open_across_tenants_is_the_dialer_s_schedule_and_each_relay_s_own_events() {
    let (database, own, other) = two_businesses().await;
    database.execute(ATTEMPT).await;
    for role in SERVICES {
        for table in database.tenant_tables().await {
            if is_open_to(role, &table) {
                let TenantTable { name, key } = &table;
                let look = [format!(
                    "SELECT FROM {name} WHERE {key} = {other}",
                    other = other.id
                )];
                let said = answers(&database, role, Some(own.id), &look).await;
                assert_ne!(said[0], "0 rows", "{role:?} {name}");
            }
        }
        let others = [format!(
            "SELECT FROM {RELAYED} WHERE producer <> '{}' AND producer <> 'callboard_operator'",
            role.role_name()
        )];
        let said = answers(&database, role, Some(own.id), &others).await;
        assert_eq!(said, ["0 rows"], "{role:?}");
    }
}
