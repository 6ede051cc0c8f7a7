DROP TRIGGER call_slots_follow_limits ON business_settings;
DROP TABLE carrier_pace;
DROP TABLE call_slots;
DROP FUNCTION call_slots_refuse_second_holder();
DROP FUNCTION call_slots_follow_limits();
DROP TABLE call_log;
DROP TABLE outbound_call_jobs;
DROP TABLE outbound_call_runs;
DROP FUNCTION outbound_call_jobs_belong();
