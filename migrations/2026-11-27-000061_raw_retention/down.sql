DROP FUNCTION prune_callbacks;
DROP FUNCTION prune_whatsapp_messages;
DROP INDEX carrier_callbacks_whatsapp;
DROP INDEX whatsapp_messages_at;
COMMENT ON COLUMN business_settings.recording_retention_days IS 'Days after its announcement on which a recording is deleted, at the carrier and in the object store';
COMMENT ON TABLE carrier_callbacks IS 'Webhooks of the carrier whose signature was good, each kept once as it came';
COMMENT ON TABLE whatsapp_messages IS 'What was written in a session; never changed once written';
