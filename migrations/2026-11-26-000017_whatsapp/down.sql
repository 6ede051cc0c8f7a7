DROP FUNCTION due_whatsapp_sessions, business_of_whatsapp_number;
REVOKE SELECT (business_id, source, source_event_id, transcript) ON conversations FROM callboard_status_engine;
DROP TABLE whatsapp_messages, whatsapp_sessions;
DROP INDEX business_settings_whatsapp_number;
ALTER TABLE business_settings DROP COLUMN whatsapp_silence_minutes, DROP COLUMN whatsapp_number;
