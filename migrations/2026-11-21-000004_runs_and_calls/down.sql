DROP TRIGGER leads_change_zone ON leads;
DROP FUNCTION leads_change_zone();
DROP TRIGGER outbound_call_jobs_follow_rules ON business_settings;
DROP FUNCTION outbound_call_jobs_follow_rules();
DROP TRIGGER business_settings_follow_time_zone ON business;
DROP FUNCTION business_settings_follow_time_zone();
DROP FUNCTION outbound_call_jobs_look_again(bigint);
DROP TRIGGER call_slots_follow_limits ON business_settings;
DROP TABLE carrier_pace;
DROP TABLE call_reconciliations;
DROP TABLE call_slots;
DROP FUNCTION call_slots_follow_limits();
DROP TABLE call_log;
DROP FUNCTION call_log_belong();
DROP TABLE outbound_call_jobs;
DROP TABLE outbound_call_runs;
DROP FUNCTION outbound_call_jobs_belong();
DROP DOMAIN line_number, probability, dial_state, call_status, call_direction, job_status, recent_outcomes, run_concurrency,
    run_kind, run_status, natural_number;
