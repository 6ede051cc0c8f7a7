//! The least role of every operation below `/api`, as the document shows it. What a handler really asks for is in its
//! signature; a test calls each operation with each role and finds every difference.

/// For whoever asks.
const NONE: &[&str] = &[
    "api_docs",
    "login",
    "logout",
    "openapi",
    "refresh",
    "unsubscribe",
    "unsubscribe_page",
];
/// For everyone of the business.
const AGENT: &[&str] = &[
    "bulk_change_leads",
    "call_recording",
    "call_recording_headers",
    "cancel_job",
    "change_lead",
    "change_notification_preferences",
    "change_own_password",
    "close_whatsapp_session",
    "create_lead",
    "create_suppression",
    "events",
    "export_leads",
    "get_call",
    "get_lead",
    "get_notification_preferences",
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
    "list_notifications",
    "list_runs",
    "list_suppressions",
    "list_users",
    "list_whatsapp_sessions",
    "logout_everywhere",
    "push_public_key",
    "read_all_notifications",
    "read_notification",
    "run_jobs",
    "start_direct_calls",
    "subscribe_push",
    "test_push",
    "undo_decision",
    "unsubscribe_push",
];
/// For who runs the business.
const ADMIN: &[&str] = &[
    "analytics_calls",
    "analytics_runs",
    "analytics_status",
    "bulk_enqueue",
    "cancel_run",
    "change_lead_status",
    "change_settings",
    "change_user",
    "change_webhook_endpoint",
    "create_api_key",
    "create_lead_status",
    "create_user",
    "create_webhook_endpoint",
    "deactivate_user",
    "delete_lead",
    "delete_lead_status",
    "delete_webhook_endpoint",
    "get_webhook_delivery",
    "get_webhook_endpoint",
    "import_leads",
    "import_rejects",
    "lift_suppression",
    "list_api_keys",
    "list_webhook_deliveries",
    "list_webhook_endpoints",
    "order_lead_statuses",
    "pause_run",
    "preflight",
    "preview_import",
    "resend_webhook_delivery",
    "resume_run",
    "revoke_api_key",
    "rotate_webhook_secret",
    "simulate_status_rules",
    "status_rule_corrections",
    "stop_queue",
    "test_webhook_endpoint",
];

/// Of those for everyone: what one does with one's own account. A program's key has none.
const OF_A_PERSON: &[&str] = &[
    "change_notification_preferences",
    "change_own_password",
    "get_notification_preferences",
    "get_own_user",
    "list_notifications",
    "logout_everywhere",
    "push_public_key",
    "read_all_notifications",
    "read_notification",
    "subscribe_push",
    "test_push",
    "unsubscribe_push",
];

/// For who stands above the businesses.
const SYSTEM_ADMIN: &[&str] = &[
    "change_business",
    "create_business",
    "get_business",
    "list_business_accesses",
    "list_businesses",
];

/// Whether an operation belongs to a business, which keys and system administrators ask for as well as its people.
pub(super) fn is_of_a_business(operation: &str) -> bool {
    let of_its_people = AGENT.contains(&operation) && !OF_A_PERSON.contains(&operation);
    of_its_people || ADMIN.contains(&operation)
}

/// The least role of an operation: `none`, `agent`, `admin` or `system_admin`. None for one that the table does not have.
pub(super) fn least_role(operation: &str) -> Option<&'static str> {
    let roles = [
        ("none", NONE),
        ("agent", AGENT),
        ("admin", ADMIN),
        ("system_admin", SYSTEM_ADMIN),
    ];
    roles
        .into_iter()
        .find(|(_, operations)| operations.contains(&operation))
        .map(|(role, _)| role)
}
