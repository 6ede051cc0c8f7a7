-- One row, at least, of $business in every table that has tenants, with '$mark' in what people can read. Run in one piece.
UPDATE business SET name = '$mark' WHERE id = $business;
UPDATE business_settings
SET call_flow = '{"kind": "message", "text": "$mark"}', status_words = '{"HOT_INTERESTED": ["$mark"]}',
    transition_rules = '{"never_to": ["$mark"]}'
WHERE business_id = $business;
UPDATE users SET full_name = '$mark', email = '$mark-' || id || '@example.com' WHERE business_id = $business;
INSERT INTO sessions (business_id, token_hash, user_id, expires_at)
SELECT $business, decode(md5('$mark' || id), 'hex'), id, now() + interval '1 day' FROM users WHERE business_id = $business;
INSERT INTO session_tokens (business_id, token_hash, session_hash, kind, created_at, expires_at)
SELECT business_id, token_hash || '\x00', token_hash, 'access', now(), expires_at FROM sessions WHERE business_id = $business;
INSERT INTO administrator_accesses (business_id, user_id, method, path, at)
SELECT $business, min(id), 'GET', '/api/$mark', now() FROM users WHERE business_id = $business;
INSERT INTO api_keys (business_id, name, prefix, key_hash) VALUES ($business, '$mark', '$mark', '\x00');
INSERT INTO idempotency_keys (business_id, key, request_hash, status, body)
VALUES ($business, '$mark', '\x00', 200, '{"text": "$mark"}');
INSERT INTO lead_statuses (business_id, name, label, order_index) VALUES ($business, '$mark', '$mark', 99);
INSERT INTO outbound_lead_lists (business_id, name, created_by_user_id)
SELECT $business, '$mark', min(id) FROM users WHERE business_id = $business;
UPDATE leads SET first_name = '$mark', last_name = '$mark', status = '$mark', tags = ARRAY['$mark'],
    time_zone = 'Asia/Jerusalem', phone_zone = 'Asia/Jerusalem',
    owner_user_id = (SELECT min(id) FROM users WHERE business_id = $business),
    outbound_list_id = (SELECT min(id) FROM outbound_lead_lists WHERE business_id = $business)
WHERE tenant_id = $business;
INSERT INTO suppressions (business_id, phone_e164, lead_id, origin)
SELECT $business, phone_e164, id, 'spoken' FROM leads WHERE tenant_id = $business;
INSERT INTO lead_activities (business_id, lead_id, type, payload)
SELECT $business, id, 'note', '{"text": "$mark"}' FROM leads WHERE tenant_id = $business;

INSERT INTO lead_imports (business_id, outbound_list_id, created_by_user_id, created_at, header, rejected)
SELECT $business, min(outbound_list_id), min(owner_user_id), now(), ARRAY['$mark'], 1 FROM leads WHERE tenant_id = $business;
INSERT INTO lead_import_rejects (business_id, lead_import_id, position, line, reason, fields)
SELECT $business, id, 1, 2, 'phone_missing', ARRAY['$mark'] FROM lead_imports WHERE business_id = $business;

INSERT INTO outbound_call_runs (business_id, total_leads, queued_count, outbound_list_id, created_by_user_id)
SELECT $business, count(*), count(*), min(outbound_list_id), min(owner_user_id) FROM leads WHERE tenant_id = $business;
INSERT INTO outbound_call_jobs (business_id, run_id, lead_id, deferred_by, due_at)
SELECT $business, r.id, l.id, 'gap', now() + interval '1 day'
FROM leads l JOIN outbound_call_runs r ON r.business_id = l.tenant_id WHERE l.tenant_id = $business;
INSERT INTO call_log (business_id, attempt_id, lead_id, call_sid, from_number, to_number, direction, status, dial_state,
    line, answered_by, ended_at, duration)
SELECT $business, gen_random_uuid(), l.id, 'CA' || md5('$mark' || l.id), s.caller_number, l.phone_e164, 'outbound',
    'completed', 'accepted', 1, 'human', now(), 60
FROM leads l JOIN business_settings s ON s.business_id = l.tenant_id WHERE l.tenant_id = $business;
INSERT INTO call_reconciliations (business_id, attempt_id, dial_state, status, at)
SELECT $business, attempt_id, 'accepted', 'completed', now() FROM call_log WHERE business_id = $business;
INSERT INTO carrier_callbacks (business_id, kind, dedupe_key, attempt_id, call_sid, params)
SELECT $business, 'status', call_sid, attempt_id, call_sid, '[["CallSid", "$mark"]]' FROM call_log WHERE business_id = $business;
INSERT INTO recordings (business_id, call_sid, recording_sid, source_url, state, object_key, stored_at)
SELECT $business, call_sid, 'RE' || md5(call_sid), 'https://example.com/$mark', 'stored', '$mark.wav', now()
FROM call_log WHERE business_id = $business;
INSERT INTO transcript_pieces (business_id, recording_id, channel, starts_at_ms, ends_at_ms, transcript, heard_at)
SELECT $business, id, 0, 0, 1000, '{"text": "$mark"}', now() FROM recordings WHERE business_id = $business;
INSERT INTO transcription_days (business_id, day, used_ms) VALUES ($business, current_date, 1);
INSERT INTO conversations (business_id, source, source_event_id, lead_id, direction, outcome, answered_by, occurred_at,
    state, suggested_at)
SELECT $business, 'call_summary', call_sid, lead_id, 'outbound', 'answered', 'human', now(), 'suggested', now()
FROM call_log WHERE business_id = $business;
INSERT INTO trace_contexts (business_id, subject, traceparent)
VALUES ($business, 'run:$mark', '00-' || md5('$mark') || '-' || left(md5('$mark'), 16) || '-01');
INSERT INTO whatsapp_sessions (business_id, lead_id, canonical_key, opened_at, last_message_at, closes_at)
SELECT $business, id, '$mark-' || id, now(), now(), now() + interval '1 day' FROM leads WHERE tenant_id = $business;
INSERT INTO whatsapp_messages (business_id, session_id, message_sid, body, at)
SELECT $business, id, 'SM' || md5(canonical_key), '$mark', now() FROM whatsapp_sessions WHERE business_id = $business;

INSERT INTO lead_status_events (business_id, lead_id, source, source_event_id, recommended_status_label,
    recommended_status_id, confidence, reason, gate, decided_by, from_status, to_status, applied, applied_at, occurred_at)
SELECT $business, c.lead_id, 'call_summary', c.call_sid, '$mark', s.id, 0.9, '$mark', NULL, 'tag', 'new', '$mark', true,
    now(), now()
FROM call_log c JOIN lead_statuses s ON s.business_id = c.business_id AND s.name = '$mark' WHERE c.business_id = $business;
INSERT INTO lead_status_history (tenant_id, lead_id, old_status, new_status, change_reason, channel, decision_id, metadata_json)
SELECT $business, lead_id, 'new', '$mark', '$mark', 'auto_outbound', id, '{"text": "$mark"}'
FROM lead_status_events WHERE business_id = $business;
INSERT INTO decision_corrections (business_id, decision_id, lead_id, kind, from_status, to_status, at)
SELECT $business, max(id), max(lead_id), 'moved', '$mark', 'new', now() FROM lead_status_events WHERE business_id = $business;
INSERT INTO threshold_changes (business_id, old, new, evidence, at) VALUES ($business, 0.6, 0.7, '{"text": "$mark"}', now());
INSERT INTO notifications (business_id, user_id, lead_id, title, body, url)
SELECT $business, owner_user_id, id, '$mark', '$mark', '/leads/' || id FROM leads WHERE tenant_id = $business;
INSERT INTO webhook_endpoints (business_id, url, description, event_types)
VALUES ($business, 'https://example.com/$mark', '$mark', ARRAY['status.changed']);
INSERT INTO webhook_secrets (business_id, endpoint_id, secret, created_at)
SELECT $business, id, 'whsec_$mark', now() FROM webhook_endpoints WHERE business_id = $business;
INSERT INTO webhook_deliveries (business_id, endpoint_id, event_id, event_type, body, state, attempts, last_attempt_at,
    response_status, response_excerpt, created_at, finished_at)
SELECT $business, id, gen_random_uuid(), 'status.changed', '{"text": "$mark"}', 'delivered', 1, now(), 200, '$mark', now(), now()
FROM webhook_endpoints, generate_series(1, 2) WHERE business_id = $business;
INSERT INTO webhook_endpoint_changes (business_id, endpoint_id, kind, user_id, at)
SELECT $business, e.id, 'created', u.id, now()
FROM webhook_endpoints e, (SELECT min(id) AS id FROM users WHERE business_id = $business) u WHERE e.business_id = $business;
UPDATE notifications SET facts = '{"lead": "$mark", "from": "$mark", "to": "$mark", "source": "auto_outbound"}'
WHERE business_id = $business;
INSERT INTO notification_preferences (business_id, user_id, statuses, updated_at)
SELECT $business, id, ARRAY['$mark'], now() FROM users WHERE business_id = $business;
INSERT INTO push_subscriptions (business_id, user_id, session_hash, endpoint, p256dh, auth, created_at)
SELECT $business, user_id, token_hash, 'https://push.example.com/$mark-' || user_id, decode(repeat('04', 65), 'hex'),
    decode(repeat('00', 16), 'hex'), now()
FROM sessions WHERE business_id = $business;
INSERT INTO push_deliveries (business_id, subscription_id, lead_id, notification_id, due_at, give_up_at)
SELECT $business, s.id, n.lead_id, n.id, now() + interval '1 day', now() + interval '2 days'
FROM push_subscriptions s JOIN notifications n USING (business_id, user_id) WHERE business_id = $business;
INSERT INTO mail_digests (business_id, user_id, period, due_at)
SELECT $business, id, 'daily $mark', now() + interval '1 day' FROM users WHERE business_id = $business;
INSERT INTO mail_refusals (business_id, user_id, times, last_at, reason)
SELECT $business, id, 1, now(), '$mark' FROM users WHERE business_id = $business;
INSERT INTO outbox_events (business_id, producer, event_id, type, body, published_at)
SELECT $business, 'callboard_' || service, gen_random_uuid(), 'status.changed', '{"text": "$mark"}', now()
FROM unnest(ARRAY['api_gateway', 'dialer', 'recording_processor', 'status_engine']) AS service;
INSERT INTO inbox_events (business_id, consumer, event_id) VALUES ($business, '$mark', gen_random_uuid());

INSERT INTO analytics_state (business_id, time_zone) VALUES ($business, 'Asia/Jerusalem');
INSERT INTO analytics_days (business_id, kind, day) VALUES ($business, 'status', current_date);
INSERT INTO analytics_status_days (business_id, day, scope, scope_id, source, from_status, to_status, changes, firsts)
VALUES ($business, current_date, 'all', 0, 'manual', 'new', '$mark', 1, 1);
INSERT INTO analytics_decision_days (business_id, day, scope, scope_id, source, decided_by, step, outcome, decisions, undone, overruled)
VALUES ($business, current_date, 'all', 0, 'auto_outbound', 'tag', 18, 'moved', 1, 0, 0);
INSERT INTO analytics_call_days (business_id, day, scope, scope_id, direction, number, outcome, calls, talk_seconds, line_seconds)
SELECT $business, current_date, 'list', id, 'outbound', '$mark', 'reached', 1, 60, 60
FROM outbound_lead_lists WHERE business_id = $business;
INSERT INTO analytics_call_hours (business_id, day, scope, scope_id, hour, direction, calls, answered, reached)
VALUES ($business, current_date, 'all', 0, 9, 'outbound', 1, 1, 1);
INSERT INTO analytics_spreads (business_id, grain, starts_on, scope, scope_id, what, source, one, other, places, counts)
VALUES ($business, 'day', current_date, 'all', 0, 'stay', 'manual', 'new', '$mark', '{3}', '{1}');

-- Every other text, of columns that are added later too: those that the database refuses are not free text.
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT t.table_name, t.column_name, k.column_name AS key
        FROM information_schema.columns t
        JOIN information_schema.columns k ON k.table_schema = t.table_schema AND k.table_name = t.table_name
            AND k.column_name IN ('business_id', 'tenant_id')
        JOIN information_schema.tables b ON b.table_schema = t.table_schema AND b.table_name = t.table_name
        WHERE t.table_schema = 'public' AND b.table_type = 'BASE TABLE' AND t.data_type = 'text'
            AND t.is_generated = 'NEVER' AND t.column_name NOT IN ('gate', 'locked_by_worker')
    LOOP
        BEGIN
            EXECUTE format('UPDATE %1$I SET %2$I = ''$mark'' WHERE %3$I = $business AND coalesce(%2$I, '''') = ''''',
                c.table_name, c.column_name, c.key);
        EXCEPTION WHEN integrity_constraint_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;
