//! Walks the live schema: the promises that the database holds are there, on every table, also on those that will be
//! added later.

use std::collections::BTreeMap;

use storage::testing::Owner;
use storage::{ServiceRole, StorageError};
use testkit::Database;

/// What the database says to `sql`; the error in full.
async fn attempt(database: &Database, sql: &str) -> Result<(), String> {
    let (url, sql) = (database.url().to_owned(), sql.to_owned());
    tokio::task::spawn_blocking(move || Owner::connect(&url)?.execute(&sql))
        .await
        .expect("the statement does not panic")
        .map_err(|error: StorageError| format!("{error:?}"))
}

/// The roles that services act as; a login of this server may have a name that begins like theirs.
const ROLES: &str = "('callboard_api_gateway', 'callboard_dialer', 'callboard_recording_processor',
                      'callboard_status_engine', 'callboard_operator')";

/// References that carry no business, each with why.
const NOT_COMPOSITE: [(&str, &str); 3] = [
    // A system administrator belongs to no business; a second, composite reference binds everyone else.
    ("sessions", "sessions_user_id_fkey"),
    // The same for the tokens of their sessions; the key is a hash of 256 random bits.
    ("session_tokens", "session_tokens_session_hash_fkey"),
    // Who asks is of no business, and asks in the name of one.
    (
        "administrator_accesses",
        "administrator_accesses_user_id_fkey",
    ),
];

#[tokio::test]
async fn every_tenant_table_has_row_security_and_a_wall_for_each_role() {
    let database = Database::create().await;
    let open = database
        .sql(
            "SELECT c.relname AS name FROM pg_class c
             JOIN information_schema.columns i ON i.table_name = c.relname AND i.table_schema = 'public'
             WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
               AND i.column_name IN ('business_id', 'tenant_id')
               AND (NOT c.relrowsecurity OR NOT EXISTS (
                   SELECT FROM pg_policies p WHERE p.tablename = c.relname
                     AND (p.qual LIKE '%app_business_id()%' OR p.qual LIKE '%CURRENT_USER%')))",
        )
        .await;
    assert_eq!(open, Vec::<serde_json::Value>::new());
    let walls = database
        .sql("SELECT count(*) AS n FROM pg_policies WHERE schemaname = 'public'")
        .await;
    assert!(walls[0]["n"].as_i64() > Some(40), "policies: {walls:?}");
}

#[tokio::test]
async fn every_reference_between_tenant_tables_carries_the_business() {
    let database = Database::create().await;
    let loose = database
        .sql(
            "WITH tenant AS (
                 SELECT a.attrelid, a.attnum FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                 WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                   AND a.attname IN ('business_id', 'tenant_id'))
             SELECT k.conrelid::regclass::text AS \"table\", k.conname AS name
             FROM pg_constraint k
             JOIN tenant f ON f.attrelid = k.conrelid
             JOIN tenant t ON t.attrelid = k.confrelid
             WHERE k.contype = 'f' AND NOT (f.attnum = ANY (k.conkey) AND t.attnum = ANY (k.confkey))",
        )
        .await;
    let loose: Vec<_> = loose
        .iter()
        .map(|row| {
            (
                row["table"].as_str().unwrap(),
                row["name"].as_str().unwrap(),
            )
        })
        .filter(|reference| !NOT_COMPOSITE.contains(reference))
        .collect();
    assert_eq!(loose, []);
}

#[tokio::test]
async fn the_grants_are_the_table_of_pens() {
    let database = Database::create().await;
    let grants = database
        .sql(
            "WITH granted AS (
                 SELECT grantee, table_name, privilege_type, NULL AS column_name
                 FROM information_schema.role_table_grants
                 UNION ALL
                 SELECT c.grantee, c.table_name, c.privilege_type, c.column_name
                 FROM information_schema.column_privileges c
                 WHERE NOT EXISTS (SELECT FROM information_schema.role_table_grants t
                                   WHERE (t.grantee, t.table_name, t.privilege_type)
                                       = (c.grantee, c.table_name, c.privilege_type)))
             SELECT replace(grantee, 'callboard_', '') AS role, table_name AS \"table\", privilege_type AS verb,
                    string_agg(column_name, ', ' ORDER BY column_name) AS columns
             FROM granted WHERE grantee LIKE 'callboard_%' AND table_name NOT LIKE '\\_\\_%' AND privilege_type <> 'SELECT'
             GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        )
        .await;
    let mut pens: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in &grants {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let columns = row["columns"]
            .as_str()
            .map_or_else(String::new, |columns| format!(" ({columns})"));
        pens.entry(format!("{} · {}", text("role"), text("table")))
            .or_default()
            .push(format!("{}{columns}", text("verb")));
    }
    let listing: Vec<String> = pens
        .into_iter()
        .map(|(pen, verbs)| format!("{pen}: {}", verbs.join(" · ")))
        .collect();
    insta::assert_snapshot!(listing.join("\n"));
}

#[tokio::test]
async fn only_two_roles_may_write_a_leads_status_and_nobody_may_rewrite_history() {
    let database = Database::create().await;
    let pens = database
        .sql(&format!(
            "SELECT rolname AS role FROM pg_roles WHERE rolname IN {ROLES}
             AND has_column_privilege(rolname, 'leads', 'status', 'UPDATE') ORDER BY 1"
        ))
        .await;
    let pens: Vec<_> = pens
        .iter()
        .map(|row| row["role"].as_str().unwrap())
        .collect();
    assert_eq!(pens, ["callboard_api_gateway", "callboard_status_engine"]);
    let rewriters = database
        .sql(&format!(
            "SELECT rolname AS role, t AS \"table\", verb
             FROM pg_roles,
                  unnest(ARRAY['lead_status_history', 'lead_activities', 'decision_corrections', 'threshold_changes',
                               'administrator_accesses']) t,
                  unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) verb
             WHERE rolname IN {ROLES} AND (has_table_privilege(rolname, t, verb)
                OR (verb = 'UPDATE' AND has_any_column_privilege(rolname, t, verb)))"
        ))
        .await;
    // What a conversation left in a timeline is told anew when the conversation is worked on again; a policy keeps the rest.
    let retells = serde_json::json!({
        "role": "callboard_status_engine", "table": "lead_activities", "verb": "UPDATE"
    });
    assert_eq!(rewriters, [retells]);
}

#[tokio::test]
async fn no_role_owns_a_table_or_walks_through_walls() {
    let database = Database::create().await;
    let strong = database
        .sql(&format!(
            "SELECT rolname AS role FROM pg_roles r WHERE rolname IN {ROLES}
             AND (rolsuper OR rolbypassrls OR rolcreaterole OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid))"
        ))
        .await;
    assert_eq!(strong, Vec::<serde_json::Value>::new());
}

/// Two businesses with a limit of one line each way, a run and a call in the air at the first.
const A_CALL_IN_THE_AIR: &str = "
INSERT INTO business (name) VALUES ('a'), ('b');
INSERT INTO business_settings (business_id, max_outbound, max_total, caller_number)
VALUES (1, 1, 1, '+97231234567'), (2, 1, 1, '+97231234568');
INSERT INTO lead_statuses (business_id, name, label, is_default) VALUES (1, 'new', 'New', true), (2, 'new', 'New', true);
INSERT INTO leads (tenant_id, phone_e164, status) VALUES (1, '+972542000001', 'new'), (2, '+972542000002', 'new');
INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status, line, reconcile_at)
VALUES (1, '00000000-0000-4000-8000-000000000001', 1, '+97231234567', '+972542000001', 'outbound', 'initiated', 1, now());
INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status, line, ended_at)
VALUES (1, '00000000-0000-4000-8000-000000000002', 1, '+97231234567', '+972542000001', 'outbound', 'completed', 1, now());";

#[tokio::test]
async fn one_call_more_than_the_limit_cannot_be_stored() {
    let database = Database::create().await;
    database.execute(A_CALL_IN_THE_AIR).await;
    let call = |line: u8, direction: &str| {
        format!(
            "INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status, line,
                                   reconcile_at)
             VALUES (1, gen_random_uuid(), 1, '+97231234567', '+972542000009', '{direction}', 'initiated', {line}, now())"
        )
    };
    let refused = |why: &str, answer: Result<(), String>, by: &str| {
        let error = answer.expect_err(why);
        assert!(error.contains(by), "{why}: {error}");
    };
    let held = attempt(&database, &call(1, "inbound")).await;
    refused("a line that is held", held, "call_log_one_call_per_line");
    let above = attempt(&database, &call(2, "outbound")).await;
    refused("a line above the limit", above, "call_log_belongs");
    database
        .execute("UPDATE business_settings SET max_total = 2 WHERE business_id = 1")
        .await;
    let outbound = attempt(&database, &call(2, "outbound")).await;
    refused("a line for inbound calls", outbound, "call_log_belongs");
    let closed = format!(
        "UPDATE business_settings SET max_total = 1 WHERE business_id = 1; {}",
        call(2, "inbound")
    );
    let closed = attempt(&database, &closed).await;
    refused("a line that was closed", closed, "call_log_belongs");
    let made = "SET ROLE callboard_dialer;
                INSERT INTO call_slots (business_id, line, serves_outbound) VALUES (1, 9, true)";
    let made = attempt(&database, made).await;
    refused("a line of its own making", made, "permission denied");
    attempt(&database, &call(2, "inbound"))
        .await
        .expect("a line that is open and free");
}

#[tokio::test]
async fn one_phone_rings_for_one_call_at_a_time() {
    let database = Database::create().await;
    database.execute(A_CALL_IN_THE_AIR).await;
    let second = "UPDATE business_settings SET max_outbound = 2, max_total = 2 WHERE business_id = 1;
                  INSERT INTO call_log (business_id, attempt_id, lead_id, from_number, to_number, direction, status,
                                        line, reconcile_at)
                  VALUES (1, gen_random_uuid(), 1, '+97231234567', '+972542000001', 'outbound', 'initiated', 2, now())";
    let error = attempt(&database, second)
        .await
        .expect_err("a second call to a ringing phone");
    assert!(error.contains("call_log_one_call_per_number"), "{error}");
}

#[tokio::test]
async fn a_lead_stands_in_an_active_status_of_its_own_business_only() {
    let database = Database::create().await;
    database.execute(A_CALL_IN_THE_AIR).await;
    database
        .execute("INSERT INTO lead_statuses (business_id, name, label, is_active) VALUES (2, 'theirs', 'Theirs', true), (1, 'off', 'Off', false)")
        .await;
    for (statement, why) in [
        (
            "UPDATE leads SET status = 'theirs' WHERE tenant_id = 1",
            "another business's status",
        ),
        (
            "UPDATE leads SET status = 'off' WHERE tenant_id = 1",
            "an inactive status",
        ),
        (
            "UPDATE lead_statuses SET is_active = false, is_default = false WHERE business_id = 1 AND name = 'new'",
            "switching a status off while leads stand in it",
        ),
    ] {
        let error = attempt(&database, statement).await.expect_err(why);
        assert!(
            error.contains("leads_status_is_an_active_one_of_its_business"),
            "{why}: {error}"
        );
    }
}

#[tokio::test]
async fn a_transaction_sees_the_business_that_it_names_and_no_other() {
    let database = Database::create().await;
    database.execute(A_CALL_IN_THE_AIR).await;
    let roles = [
        "callboard_api_gateway",
        "callboard_status_engine",
        "callboard_recording_processor",
    ];
    for role in roles {
        for (named, seen) in [("", 0), ("1", 1), ("2", 1), ("3", 0)] {
            let look = format!(
                "BEGIN;
                 SET LOCAL ROLE {role};
                 SELECT set_config('app.business_id', '{named}', true);
                 DO $$ BEGIN
                     ASSERT (SELECT count(*) FROM leads) = {seen}, 'leads';
                     ASSERT (SELECT count(*) FROM leads WHERE tenant_id <> 0{named}) = 0, 'a foreign lead';
                     ASSERT (SELECT count(*) FROM business_settings) = {seen}, 'settings';
                 END $$;
                 COMMIT"
            );
            attempt(&database, &look)
                .await
                .unwrap_or_else(|error| panic!("{role} as business {named:?}: {error}"));
        }
        let foreign = format!(
            "BEGIN;
             SET LOCAL ROLE {role};
             SELECT set_config('app.business_id', '2', true);
             INSERT INTO inbox_events (business_id, consumer, event_id) VALUES (1, 'x', gen_random_uuid());
             COMMIT"
        );
        let error = attempt(&database, &foreign)
            .await
            .expect_err("a row for another business");
        assert!(error.contains("row-level security"), "{error}");
    }
}

#[tokio::test]
async fn migrations_go_up_twice_down_and_up_again() {
    let database = Database::create().await;
    database
        .execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        .await;
    let url = database.url().to_owned();
    let names = tokio::task::spawn_blocking(move || {
        let pending = storage::migrations::pending(&url)?;
        let applied = storage::migrations::apply(&url)?;
        assert_eq!(pending.len(), applied.len());
        assert_eq!(storage::migrations::apply(&url)?, Vec::<String>::new());
        assert_eq!(storage::migrations::pending(&url)?, Vec::<String>::new());
        assert_eq!(storage::migrations::revert_all(&url)?, applied.len());
        assert_eq!(storage::migrations::pending(&url)?, pending);
        storage::migrations::apply(&url)
    })
    .await
    .expect("joins")
    .expect("migrates");
    assert!(names.len() >= 8, "{names:?}");
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable_and_not_a_bug() {
    let db = storage::Db::new(&storage::DbSettings {
        url: "postgres://nobody@127.0.0.1:1/nothing".to_owned(),
        role: ServiceRole::Dialer,
        pool_size: 1,
        reads: 0,
    });
    let error = db.ping().await.expect_err("nothing listens there");
    assert!(error.is_transient(), "{error:?}");
    assert!(matches!(error, StorageError::Unavailable(_)));
}
