-- What comes in raw is kept for a time and then deleted: it holds phone numbers, and of WhatsApp every word. What was made of it
-- (calls, transcripts, summaries) stays. A message and its callback go when the days of the business are over, a message only
-- once its conversation is written down. Callbacks of calls are kept for as long as an event may still refer to them, which is
-- the same for every business.
SET LOCAL lock_timeout = '5s';
COMMENT ON TABLE whatsapp_messages IS 'What was written in a session; never changed once written, deleted after the days of the business';
COMMENT ON TABLE carrier_callbacks IS 'Webhooks of the carrier whose signature was good, each kept once as it came, for its days';
COMMENT ON COLUMN business_settings.recording_retention_days IS 'Days after which the sources of a conversation are deleted: recordings, at the carrier and in the object store, and WhatsApp messages';

-- contract: nothing is released yet, so no installation has many of these rows.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX whatsapp_messages_at ON whatsapp_messages (business_id, at);
-- contract: nothing is released yet, as above.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX carrier_callbacks_whatsapp ON carrier_callbacks (business_id, received_at) WHERE kind = 'whatsapp';

-- The same bound for each business keeps a business with many from being the only one that is served. What another replica
-- is deleting is passed over.
CREATE FUNCTION prune_whatsapp_messages(now_is timestamptz, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ WITH due AS (
              SELECT d.business_id, d.id
              FROM business_settings s
              CROSS JOIN LATERAL (
                  SELECT m.business_id, m.id FROM whatsapp_messages m
                  JOIN whatsapp_sessions w ON w.business_id = m.business_id AND w.id = m.session_id
                  JOIN conversations c ON c.business_id = w.business_id AND c.source = 'whatsapp_summary'
                      AND c.source_event_id = format('wa_session_%s_%s', w.id, w.canonical_key)
                  WHERE m.business_id = s.business_id AND m.at <= now_is - make_interval(days => s.recording_retention_days)
                  ORDER BY m.at LIMIT most FOR UPDATE OF m SKIP LOCKED) d
              LIMIT most),
          gone AS (DELETE FROM whatsapp_messages WHERE (business_id, id) IN (SELECT business_id, id FROM due) RETURNING 1)
          SELECT count(*) FROM gone $$;
COMMENT ON FUNCTION prune_whatsapp_messages IS 'Deletes messages that have had the days of their business and are written down, over all tenants';

CREATE FUNCTION prune_callbacks(now_is timestamptz, keep interval, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ WITH of_calls AS (
              SELECT k.business_id, k.id FROM carrier_callbacks k
              WHERE k.received_at <= now_is - keep ORDER BY k.received_at LIMIT most FOR UPDATE SKIP LOCKED),
          of_messages AS (
              SELECT d.business_id, d.id
              FROM business_settings s
              CROSS JOIN LATERAL (
                  SELECT k.business_id, k.id FROM carrier_callbacks k
                  WHERE k.business_id = s.business_id AND k.kind = 'whatsapp'
                    AND k.received_at <= now_is - make_interval(days => s.recording_retention_days)
                  ORDER BY k.received_at LIMIT most FOR UPDATE SKIP LOCKED) d
              LIMIT most),
          gone AS (
              DELETE FROM carrier_callbacks WHERE (business_id, id) IN (
                  SELECT business_id, id FROM of_calls UNION SELECT business_id, id FROM of_messages)
              RETURNING 1)
          SELECT count(*) FROM gone $$;
COMMENT ON FUNCTION prune_callbacks IS 'Deletes callbacks received longer ago than keep, of messages after the days of their business, over all tenants';

REVOKE EXECUTE ON FUNCTION prune_whatsapp_messages, prune_callbacks FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_whatsapp_messages, prune_callbacks TO callboard_api_gateway;
