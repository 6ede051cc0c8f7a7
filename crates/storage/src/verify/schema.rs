//! Section 0 and 3: what the schema holds by itself, read from the catalogue.

use super::{Check, Vacuous};

/// The roles that services act as. By name and not by pattern: a login may be called anything, and one that is a member of
/// a service's role has that role's pens.
macro_rules! roles {
    () => {
        "(SELECT rolname::text AS rolname, rolsuper, rolbypassrls, rolcreaterole, oid FROM pg_roles
          WHERE rolname IN ('callboard_api_gateway', 'callboard_dialer', 'callboard_recording_processor',
                            'callboard_status_engine', 'callboard_operator'))"
    };
}

/// Every privilege that a promise rests on, with who may have it at most. A privilege on one column is had by
/// whoever has it on the table.
macro_rules! pens {
    () => {
        concat!(
            "(VALUES
            ('leads', 'status', 'UPDATE', '{callboard_api_gateway,callboard_status_engine}'::text[]),
            ('leads', NULL, 'DELETE', '{}'),
            ('lead_status_history', 'new_status', 'UPDATE', '{}'),
            ('lead_status_history', NULL, 'DELETE', '{}'),
            ('lead_activities', 'type', 'UPDATE', '{}'),
            ('lead_activities', 'payload', 'UPDATE', '{callboard_status_engine}'),
            ('lead_activities', NULL, 'DELETE', '{}'),
            ('lead_status_events', NULL, 'DELETE', '{}'),
            ('lead_status_events', 'created_at', 'UPDATE', '{}'),
            ('lead_status_events', 'applied', 'UPDATE', '{callboard_status_engine}'),
            ('carrier_callbacks', 'params', 'UPDATE', '{}'),
            ('call_reconciliations', NULL, 'DELETE', '{}'),
            ('call_reconciliations', 'status', 'UPDATE', '{}'),
            ('call_slots', NULL, 'INSERT', '{}'),
            ('call_slots', NULL, 'DELETE', '{}'),
            ('call_slots', 'is_open', 'UPDATE', '{}'),
            ('call_slots', 'serves_outbound', 'UPDATE', '{}'),
            ('call_log', NULL, 'INSERT', '{callboard_dialer,callboard_api_gateway}'),
            ('call_log', NULL, 'DELETE', '{}'),
            ('call_log', 'ended_at', 'UPDATE', '{callboard_dialer}'),
            ('outbound_call_jobs', 'status', 'UPDATE', '{callboard_dialer}'),
            ('outbound_call_jobs', NULL, 'DELETE', '{}'),
            ('outbound_call_runs', 'status', 'UPDATE', '{callboard_dialer}'),
            ('outbound_call_runs', NULL, 'DELETE', '{}'),
            ('administrator_accesses', 'path', 'UPDATE', '{}'),
            ('administrator_accesses', NULL, 'DELETE', '{}'),
            ('lead_counts', NULL, 'INSERT', '{}'),
            ('lead_counts', NULL, 'DELETE', '{}'),
            ('lead_counts', 'leads', 'UPDATE', '{}'),
            ('lead_list_counts', NULL, 'INSERT', '{}'),
            ('lead_list_counts', NULL, 'DELETE', '{}'),
            ('lead_list_counts', 'leads', 'UPDATE', '{}'),
            ('webhook_secrets', 'secret', 'SELECT', '{callboard_status_engine}'),
            ('webhook_deliveries', 'state', 'UPDATE', '{callboard_status_engine,callboard_api_gateway}'),
            ('webhook_deliveries', 'body', 'UPDATE', '{}'),
            ('webhook_endpoint_changes', 'kind', 'UPDATE', '{}'),
            ('webhook_endpoint_changes', NULL, 'DELETE', '{}'),
            ('analytics_changes', NULL, 'INSERT', '{}'),
            ('analytics_status_days', NULL, 'INSERT', '{callboard_status_engine,callboard_operator}')
        ) pen (tab, col, privilege, allowed)
        CROSS JOIN ",
            roles!(),
            " r"
        )
    };
}

macro_rules! triggers {
    () => {
        "(VALUES ('call_slots_follow_limits'), ('call_slots_follow_suspension'), ('call_log_belong'),
            ('outbound_call_jobs_belong'), ('leads_count_added'), ('leads_count_changed'), ('leads_count_deleted'),
            ('leads_count_in_lists_added'), ('leads_count_in_lists_changed'), ('leads_count_in_lists_deleted')) wanted (name)"
    };
}

pub(super) const CHECKS: &[Check] = &[
    Check {
        section: 0,
        promise: "the constraints and indexes that hold the promises are there and valid",
        unit: "constraints and indexes",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM (VALUES
            ('unique_run_lead'), ('leads_status_is_an_active_one_of_its_business'), ('never_over_the_run_limit'),
            ('counters_add_up'), ('call_log_one_call_per_line'), ('call_log_attempt_id'), ('carrier_callbacks_once'),
            ('conversations_once'), ('idx_lead_status_events_idempotency'), ('call_log_one_call_per_number'),
            ('suppressions_in_force'), ('leads_phone'), ('whatsapp_sessions_one_open'),
            ('webhook_deliveries_once'), ('webhook_secrets_one_current')) wanted",
        wrong: "SELECT wanted.name || ' is missing or not valid' AS what
            FROM (VALUES
                ('unique_run_lead'), ('leads_status_is_an_active_one_of_its_business'), ('never_over_the_run_limit'),
                ('counters_add_up'), ('call_log_one_call_per_line'), ('call_log_attempt_id'), ('carrier_callbacks_once'),
                ('conversations_once'), ('idx_lead_status_events_idempotency'), ('call_log_one_call_per_number'),
                ('suppressions_in_force'), ('leads_phone'), ('whatsapp_sessions_one_open'),
            ('webhook_deliveries_once'), ('webhook_secrets_one_current')) wanted (name)
            WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conname = wanted.name AND convalidated)
              AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                              WHERE c.relname = wanted.name AND i.indisunique AND i.indisvalid)",
    },
    Check {
        section: 0,
        promise: "the triggers that keep the lines of a business, what jobs and calls belong to and how many leads there are, are on",
        unit: "triggers",
        vacuous: Vacuous::NotVerified,
        looked_at: concat!("SELECT FROM ", triggers!()),
        wrong: concat!(
            "SELECT wanted.name || ' is missing or switched off' AS what FROM ",
            triggers!(),
            " WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = wanted.name AND tgenabled IN ('O', 'A'))"
        ),
    },
    Check {
        section: 0,
        // A partition without one is seen by nobody but through its parent.
        promise: "every table of a tenant has row security and a policy",
        unit: "tables",
        vacuous: Vacuous::NotVerified,
        looked_at: TENANT_TABLES,
        wrong: "SELECT c.relname || CASE WHEN c.relrowsecurity THEN ' has no policy' ELSE ' has row security switched off' END
                AS what
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
              AND (c.relname = 'business' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
                   AND a.attname IN ('business_id', 'tenant_id') AND NOT a.attisdropped))
              AND NOT (c.relrowsecurity AND (c.relispartition OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)))",
    },
    Check {
        section: 0,
        promise: "no service acts as an owner, a superuser or past row security",
        unit: "roles",
        vacuous: Vacuous::NotVerified,
        looked_at: concat!("SELECT FROM ", roles!(), " r"),
        wrong: concat!("SELECT r.rolname || ' may do more than its pen' AS what FROM ", roles!(), " r
            WHERE r.rolsuper OR r.rolbypassrls OR r.rolcreaterole
               OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                          WHERE n.nspname = 'public' AND c.relowner = r.oid)"),
    },
    Check {
        section: 0,
        promise: "each pen is in the hands of its service only",
        unit: "grants",
        vacuous: Vacuous::NotVerified,
        looked_at: GRANTS,
        wrong: WRONG_GRANTS,
    },
    Check {
        section: 0,
        promise: "nobody rewrites a decision that moved a lead, nor its move in the timeline",
        unit: "policies",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM (VALUES ('applied_stands'), ('conversations_only')) wanted",
        wrong: "SELECT format('the policy %s of %s is missing', wanted.name, wanted.tab) AS what
            FROM (VALUES ('lead_status_events', 'applied_stands'), ('lead_activities', 'conversations_only')) wanted (tab, name)
            WHERE NOT EXISTS (SELECT FROM pg_policies p WHERE p.schemaname = 'public' AND p.tablename = wanted.tab
                              AND p.policyname = wanted.name AND p.permissive = 'RESTRICTIVE' AND p.cmd = 'UPDATE')",
    },
    Check {
        section: 3,
        promise: "a decision that found no status of the business changed nothing",
        unit: "decisions",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM lead_status_events WHERE $1 IS NULL OR business_id = $1",
        wrong: "SELECT format('decision %s of business %s was applied without a status', id, business_id) AS what
            FROM lead_status_events
            WHERE ($1 IS NULL OR business_id = $1) AND applied AND (to_status IS NULL OR recommended_status_id IS NULL)",
    },
    Check {
        section: 3,
        promise: "the database itself refuses a status that the business does not have or has switched off",
        unit: "constraints",
        vacuous: Vacuous::NotVerified,
        looked_at: "SELECT FROM (VALUES (1)) one",
        wrong: "SELECT 'leads_status_is_an_active_one_of_its_business does not cover business, status and active' AS what
            WHERE NOT EXISTS (
                SELECT FROM pg_constraint
                WHERE conname = 'leads_status_is_an_active_one_of_its_business' AND contype = 'f' AND convalidated
                  AND conrelid = 'leads'::regclass AND confrelid = 'lead_statuses'::regclass
                  AND cardinality(conkey) = 3)",
    },
];

const TENANT_TABLES: &str = "SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
      AND (c.relname = 'business' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid
           AND a.attname IN ('business_id', 'tenant_id') AND NOT a.attisdropped))";

const GRANTS: &str = concat!("SELECT FROM ", pens!());

const WRONG_GRANTS: &str = concat!(
    "SELECT format('%s may %s %s', r.rolname, pen.privilege, concat_ws('.', pen.tab, pen.col)) AS what FROM ",
    pens!(),
    " WHERE NOT r.rolname = ANY (pen.allowed)
        AND CASE WHEN pen.col IS NULL THEN has_table_privilege(r.rolname, pen.tab, pen.privilege)
                 ELSE has_column_privilege(r.rolname, pen.tab, pen.col, pen.privilege) END"
);
