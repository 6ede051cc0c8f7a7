//! The way past one database: what `deploy/citus` does to the schema, run where Citus is installed, and otherwise held against
//! the rules by which Citus takes a table: on PostgreSQL alone, so that a migration that breaks them is noticed.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::Database;

const PREPARE: &str = include_str!("../../../deploy/citus/prepare.sql");
const DISTRIBUTE: &str = include_str!("../../../deploy/citus/distribute.sql");

/// Where the migrations note what they did; it stays on the coordinator.
const LOCAL: &str = "__diesel_schema_migrations";

/// The tables of the calls of `function` in `distribute.sql`, each with its column where it has one.
fn calls(function: &str) -> Vec<(&'static str, Option<&'static str>)> {
    let start = format!("SELECT {function}(");
    let calls = DISTRIBUTE
        .lines()
        .filter_map(|line| line.strip_prefix(start.as_str()));
    calls
        .map(|arguments| {
            let mut quoted = arguments.split('\'').skip(1).step_by(2);
            (quoted.next().expect("a table"), quoted.next())
        })
        .collect()
}

/// `VALUES` of the distributed tables with their columns.
fn distributed() -> String {
    let rows = calls("create_distributed_table")
        .into_iter()
        .map(|(table, column)| {
            format!(
                "('{table}'::regclass, '{}'::name)",
                column.expect("a column")
            )
        });
    rows.collect::<Vec<_>>().join(", ")
}

/// A migrated database after `prepare.sql`.
async fn prepared() -> Database {
    let database = Database::create().await;
    database.execute(PREPARE).await;
    database
}

/// What a query about the distributed tables finds; it may use `spread(oid, attnum, attnotnull)`.
async fn found(database: &Database, query: &str) -> Vec<Value> {
    let spread = format!(
        "WITH listed (oid, attname) AS (VALUES {}),
              spread AS (SELECT l.oid, a.attnum, a.attnotnull FROM listed l
                         JOIN pg_attribute a ON a.attrelid = l.oid AND a.attname = l.attname)",
        distributed()
    );
    database.sql(&format!("{spread} {query}")).await
}

#[tokio::test]
async fn every_table_has_its_place() {
    let database = Database::create().await;
    let tables = database
        .sql("SELECT relname AS name FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")
        .await;
    let tables: Vec<_> = tables
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    let placed = [
        calls("create_reference_table"),
        calls("create_distributed_table"),
    ]
    .concat();
    let names: Vec<_> = placed
        .iter()
        .map(|(table, _)| *table)
        .chain([LOCAL])
        .collect();
    let unique: BTreeSet<_> = names.iter().copied().collect();
    assert_eq!(
        unique.len(),
        names.len(),
        "a table stands in one list, once"
    );
    assert_eq!(unique, tables.into_iter().collect());
}

#[tokio::test]
async fn every_distributed_table_knows_its_business_and_is_unique_within_it() {
    let database = prepared().await;
    let unplaced = found(
        &database,
        "SELECT oid::regclass::text AS name FROM spread WHERE NOT attnotnull",
    );
    assert_eq!(unplaced.await, Vec::<Value>::new());
    let keyless = found(
        &database,
        "SELECT oid::regclass::text AS name FROM spread
         WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = oid AND i.indisprimary)",
    );
    assert_eq!(keyless.await, Vec::<Value>::new());
    let wide = found(
        &database,
        "SELECT i.indexrelid::regclass::text AS name FROM spread
         JOIN pg_index i ON i.indrelid = oid WHERE i.indisunique AND NOT attnum = ANY (i.indkey::int2[])",
    );
    assert_eq!(wide.await, Vec::<Value>::new());
}

#[tokio::test]
async fn every_reference_stays_on_one_machine() {
    let database = prepared().await;
    // Between distributed tables: the business on both sides, at the same place.
    let far = found(
        &database,
        "SELECT k.conname AS name FROM pg_constraint k
         JOIN spread f ON f.oid = k.conrelid JOIN spread t ON t.oid = k.confrelid
         WHERE k.contype = 'f' AND NOT EXISTS (
             SELECT FROM generate_subscripts(k.conkey, 1) i WHERE k.conkey[i] = f.attnum AND k.confkey[i] = t.attnum)",
    );
    assert_eq!(far.await, Vec::<Value>::new());
    // What lies on every machine refers to nothing that is spread.
    let back = found(
        &database,
        "SELECT k.conname AS name FROM pg_constraint k
         WHERE k.contype = 'f' AND k.confrelid IN (SELECT oid FROM spread) AND k.conrelid NOT IN (SELECT oid FROM spread)",
    );
    assert_eq!(back.await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_referenced_table_is_placed_before_the_one_that_refers_to_it() {
    let database = prepared().await;
    let references = database
        .sql(
            "SELECT DISTINCT conrelid::regclass::text AS \"from\", confrelid::regclass::text AS \"to\"
             FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid",
        )
        .await;
    let order = [
        calls("create_reference_table"),
        calls("create_distributed_table"),
    ]
    .concat();
    let place = |table: &Value| order.iter().position(|(name, _)| *table == *name);
    let late: Vec<_> = references
        .iter()
        .filter(|it| place(&it["to"]) > place(&it["from"]))
        .collect();
    assert!(!references.is_empty());
    assert_eq!(late, Vec::<&Value>::new());
}

/// The rules above are what Citus says of itself; where it is at hand, it is asked.
#[tokio::test]
async fn citus_takes_the_schema_where_it_is_installed() {
    let database = prepared().await;
    let available = database
        .sql("SELECT 1 AS one FROM pg_available_extensions WHERE name = 'citus'")
        .await;
    if available.is_empty() {
        println!("Citus is not installed on this server: only its rules were checked");
        return;
    }
    database.execute(DISTRIBUTE).await;
    let placed = database
        .sql("SELECT count(*) AS n FROM pg_dist_partition")
        .await;
    let expected = calls("create_reference_table").len() + calls("create_distributed_table").len();
    assert_eq!(placed[0]["n"].as_u64(), u64::try_from(expected).ok());
}
