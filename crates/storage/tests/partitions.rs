//! Histories in partitions: what `deploy/partitions` does to the schema.

use serde_json::{Value, json};
use storage::{ServiceRole, StorageError, verify};
use testkit::Database;

const HISTORIES: &str = include_str!("../../../deploy/partitions/histories.sql");

const TABLES: [&str; 2] = ["lead_activities", "lead_status_history"];

/// All that a table is beside its rows: columns, keys, references, checks, indexes, triggers, walls and pens.
const FURNITURE: &str = "
    WITH history AS (SELECT '{table}'::regclass AS oid)
    SELECT 'column' AS kind, format('%s %s %s %s %s %s', attnum, attname, atttypid::regtype, attnotnull, attidentity,
           pg_get_expr(adbin, adrelid)) AS what
    FROM pg_attribute JOIN history ON attrelid = oid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attnum > 0
    UNION ALL SELECT 'comment', description FROM pg_description JOIN history ON objoid = oid
    UNION ALL SELECT 'constraint', conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN history h ON conrelid = h.oid
    UNION ALL SELECT 'index', replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
              FROM pg_index JOIN history ON indrelid = oid
    UNION ALL SELECT 'trigger', tgname || ' ' || tgenabled::text || pg_get_triggerdef(t.oid)
              FROM pg_trigger t JOIN history h ON tgrelid = h.oid WHERE NOT tgisinternal
    UNION ALL SELECT 'policy', format('%s %s %s %s %s %s', policyname, permissive, cmd, roles, qual, with_check)
              FROM pg_policies WHERE tablename = '{table}'
    UNION ALL SELECT 'grant', format('%s %s', grantee::regrole, privilege_type)
              FROM pg_class c JOIN history h ON h.oid = c.oid, aclexplode(relacl)
    UNION ALL SELECT 'grant', format('%s %s (%s)', grantee::regrole, privilege_type, attname)
              FROM pg_attribute JOIN history ON attrelid = oid, aclexplode(attacl)
    UNION ALL SELECT 'row security', relrowsecurity::text FROM pg_class c JOIN history h ON h.oid = c.oid
    ORDER BY 1, 2";

async fn furniture(database: &Database, table: &str) -> Vec<Value> {
    database.sql(&FURNITURE.replace("{table}", table)).await
}

/// A database with a row in every table, that knows how to put histories in partitions.
async fn prepared() -> Database {
    let database = Database::create().await;
    let business = testkit::business(&database.db(ServiceRole::Operator))
        .with_leads(1)
        .with_user(storage::users::Role::Admin)
        .await;
    database.fill(business.id, "of-ours").await;
    database.execute(HISTORIES).await;
    database
}

async fn partition(database: &Database, table: &str) {
    let call = format!("CALL partition_history('{table}')");
    database.execute(&call).await;
}

/// As [`prepared`], with both histories in partitions.
async fn partitioned() -> Database {
    let database = prepared().await;
    for table in TABLES {
        partition(&database, table).await;
    }
    database
}

/// One more row of `lead_activities`, beside the newest.
async fn one_more(database: &Database) {
    database
        .execute(
            "INSERT INTO lead_activities (business_id, lead_id, type)
             SELECT business_id, lead_id, 'note' FROM lead_activities ORDER BY id DESC LIMIT 1",
        )
        .await;
}

/// The partitions of `lead_activities` with their rows.
async fn partitions(database: &Database) -> Vec<Value> {
    database
        .sql(
            "SELECT inhrelid::regclass AS part, (SELECT count(*) FROM lead_activities a WHERE a.tableoid = inhrelid) AS rows
             FROM pg_inherits WHERE inhparent = 'lead_activities'::regclass ORDER BY 1",
        )
        .await
}

#[tokio::test]
async fn a_partitioned_history_has_the_rows_keys_walls_and_pens_that_the_table_had() {
    let database = prepared().await;
    for table in TABLES {
        let rows = format!("SELECT * FROM {table} ORDER BY id");
        let before = (furniture(&database, table).await, database.sql(&rows).await);
        assert!(before.0.len() > 20 && !before.1.is_empty(), "{before:#?}");
        // Whoever does it twice has done it once.
        for _ in 0..2 {
            partition(&database, table).await;
        }
        let after = (furniture(&database, table).await, database.sql(&rows).await);
        assert_eq!(before, after, "{table}");
    }
    let kinds = database
        .sql("SELECT relname AS name FROM pg_class WHERE relkind = 'p' ORDER BY 1")
        .await;
    assert_eq!(kinds, TABLES.map(|table| json!({ "name": table })));
}

#[tokio::test]
async fn nobody_reaches_a_partition_past_the_walls_of_its_parent() {
    let database = partitioned().await;
    database
        .execute("CALL roll_history('lead_activities', 1, 1)")
        .await;
    let open = database
        .sql(
            "SELECT relname, relrowsecurity, relacl::text FROM pg_class c JOIN pg_inherits ON inhrelid = c.oid
             WHERE relkind = 'r'
               AND (NOT relrowsecurity OR EXISTS (SELECT FROM aclexplode(relacl) WHERE grantee <> relowner)
                    OR EXISTS (SELECT FROM pg_attribute, aclexplode(attacl) WHERE attrelid = c.oid))",
        )
        .await;
    assert_eq!(open, Vec::<Value>::new());
    let wrong = database
        .db(ServiceRole::Operator)
        .system(|tx| {
            let mut wrong = Vec::new();
            for check in verify::checks().iter().filter(|check| check.section == 0) {
                wrong.extend(verify::run(tx, check, None)?.examples);
            }
            Ok::<_, StorageError>(wrong)
        })
        .await
        .expect("verifies");
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_partition_is_ended_when_it_is_full_and_dropped_when_it_is_old() {
    let database = partitioned().await;
    let roll = "CALL roll_history('lead_activities', 100, 1)";
    database.execute(roll).await;
    let [alone] = partitions(&database)
        .await
        .try_into()
        .expect("one partition");
    let filled = alone["rows"].as_i64().expect("a number");
    assert_eq!(alone["part"], "lead_activities_from_0", "not full yet");

    let roll = "CALL roll_history('lead_activities', 1, 1)";
    database.execute(roll).await;
    // One more has its place in the first, whose end was set ahead of what is being written; the others in the second.
    for _ in 0..3 {
        one_more(&database).await;
    }
    let newest = database
        .sql("SELECT 'lead_activities_from_' || max(id) - 1 AS part FROM lead_activities")
        .await;
    let expected = [
        json!({ "part": "lead_activities_from_0", "rows": filled + 1 }),
        json!({ "part": newest[0]["part"], "rows": 2 }),
    ];
    assert_eq!(partitions(&database).await, expected);

    database
        .execute("CALL retire_history('lead_activities', interval '10 years')")
        .await;
    assert_eq!(partitions(&database).await, expected, "nothing is as old");
    database
        .execute("UPDATE lead_activities SET at = at - interval '11 years'")
        .await;
    database
        .execute("CALL retire_history('lead_activities', interval '10 years')")
        .await;
    assert_eq!(
        partitions(&database).await,
        expected[1..],
        "never the one that is open"
    );
    one_more(&database).await;
}
