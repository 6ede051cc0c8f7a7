-- Distributes the schema over the machines of a Citus cluster (12 or newer), by business: all rows of a business lie on one
-- machine, every join and every transaction of one business stays there. Run by a superuser on the coordinator, once, after
-- prepare.sql, while no service runs. Every table stands in exactly one of the two lists; a test of `storage` sees to it.
BEGIN;

CREATE EXTENSION IF NOT EXISTS citus;

-- Triggers keep lines, counts and analytics. Each touches rows of its own business only, so of its own machine.
SET LOCAL citus.enable_unsafe_triggers = on;
-- References between tables that lie on every machine and tables that are spread are checked one after the other.
SET LOCAL citus.multi_shard_modify_mode = 'sequential';

-- ── On every machine: small, and asked before it is known which business it is about (or about none) ─────────────────
SELECT create_reference_table('business');
SELECT create_reference_table('business_settings');
SELECT create_reference_table('users');
SELECT create_reference_table('sessions');
SELECT create_reference_table('session_tokens');
SELECT create_reference_table('api_keys');
SELECT create_reference_table('push_subscriptions');
SELECT create_reference_table('administrator_accesses');
SELECT create_reference_table('sign_in_throttles');
SELECT create_reference_table('carrier_pace');

-- ── Spread by business, all alike: a business's shard of each lies beside the others ─────────────────────────────────
-- Referenced tables first.
SELECT create_distributed_table('outbound_lead_lists', 'business_id');
SELECT create_distributed_table('lead_statuses', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('leads', 'tenant_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('outbound_call_runs', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('outbound_call_jobs', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('call_slots', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('call_log', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('recordings', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('conversations', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('lead_status_events', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('webhook_endpoints', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('whatsapp_sessions', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('lead_imports', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('notifications', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_call_days', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_call_hours', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_changes', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_days', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_decision_days', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_spreads', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_state', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('analytics_status_days', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('call_reconciliations', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('carrier_callbacks', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('decision_corrections', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('idempotency_keys', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('inbox_events', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('lead_activities', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('lead_counts', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('lead_import_rejects', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('lead_list_counts', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('lead_status_history', 'tenant_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('mail_digests', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('mail_refusals', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('notification_preferences', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('outbox_events', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('push_deliveries', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('trace_contexts', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('suppressions', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('threshold_changes', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('transcript_pieces', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('transcription_days', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('webhook_deliveries', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('webhook_endpoint_changes', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('webhook_secrets', 'business_id', colocate_with => 'outbound_lead_lists');
SELECT create_distributed_table('whatsapp_messages', 'business_id', colocate_with => 'outbound_lead_lists');

COMMIT;
