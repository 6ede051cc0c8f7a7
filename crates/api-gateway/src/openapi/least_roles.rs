//! The least role of every operation below `/api`, as the document shows it. What a handler really asks for is in its
//! signature; a test calls each operation with each role and finds every difference.

/// For whoever asks.
const NONE: &[&str] = &["api_docs", "login", "logout", "openapi"];
/// For everyone of the business.
const AGENT: &[&str] = &[
    "call_recording",
    "call_recording_headers",
    "cancel_job",
    "change_lead",
    "change_own_password",
    "close_whatsapp_session",
    "create_lead",
    "create_suppression",
    "events",
    "export_leads",
    "get_call",
    "get_lead",
    "get_own_user",
    "get_run",
    "get_settings",
    "get_user",
    "get_whatsapp_session",
    "lead_calls",
    "lead_decisions",
    "lead_timeline",
    "lead_why",
    "line_counts",
    "list_calls",
    "list_lead_lists",
    "list_lead_statuses",
    "list_leads",
    "list_runs",
    "list_suppressions",
    "list_users",
    "list_whatsapp_sessions",
    "logout_everywhere",
    "run_jobs",
    "start_direct_calls",
    "undo_decision",
];
/// For who runs the business.
const ADMIN: &[&str] = &[
    "bulk_enqueue",
    "cancel_run",
    "change_lead_status",
    "change_settings",
    "change_user",
    "create_api_key",
    "create_lead_status",
    "create_user",
    "deactivate_user",
    "delete_lead_status",
    "import_leads",
    "lift_suppression",
    "list_api_keys",
    "order_lead_statuses",
    "pause_run",
    "preflight",
    "resume_run",
    "revoke_api_key",
    "simulate_status_rules",
    "status_rule_corrections",
    "stop_queue",
];

/// The least role of an operation: `none`, `agent` or `admin`. None for one that the table does not have.
pub(super) fn least_role(operation: &str) -> Option<&'static str> {
    [("none", NONE), ("agent", AGENT), ("admin", ADMIN)]
        .into_iter()
        .find(|(_, operations)| operations.contains(&operation))
        .map(|(role, _)| role)
}
