-- Outgoing webhooks: a business names endpoints and which events they are told of; each event is one delivery per endpoint,
-- tried until it is accepted or given up. The gateway manages endpoints and asks for tests and resends; the status-engine
-- writes deliveries, sends them, and switches off what does not answer.
CREATE TABLE webhook_endpoints (
    business_id     bigint NOT NULL REFERENCES business (id),
    id              bigint GENERATED ALWAYS AS IDENTITY,
    url             text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    description     text NOT NULL DEFAULT '',
    event_types     text[] NOT NULL CHECK (cardinality(event_types) > 0),
    is_active       boolean NOT NULL DEFAULT true,
    disabled_at     timestamptz,
    disabled_reason text CHECK (disabled_reason IN ('by_hand', 'gone', 'failing')),
    failing_since   timestamptz,
    rests_until     timestamptz,
    served_at       timestamptz NOT NULL DEFAULT now(),
    version         bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id),
    CONSTRAINT inactive_iff_disabled_at CHECK (is_active = (disabled_at IS NULL)),
    CONSTRAINT disabled_for_a_reason CHECK (is_active = (disabled_reason IS NULL))
);
COMMENT ON TABLE webhook_endpoints IS 'Where a business is told of its events';
COMMENT ON COLUMN webhook_endpoints.disabled_reason IS 'by_hand; gone: it answered 410; failing: nothing was accepted for a day';
COMMENT ON COLUMN webhook_endpoints.failing_since IS 'The first failure since the last success; null when the last attempt was one';
COMMENT ON COLUMN webhook_endpoints.rests_until IS 'It asked to be left alone until then (Retry-After)';
COMMENT ON COLUMN webhook_endpoints.served_at IS 'When it last had its turn: whoever waited longest is next';

CREATE TABLE webhook_secrets (
    business_id bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    endpoint_id bigint NOT NULL,
    secret      text NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, endpoint_id) REFERENCES webhook_endpoints (business_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE webhook_secrets IS 'What deliveries are signed with: the current one, and for a while those before it';
COMMENT ON COLUMN webhook_secrets.secret IS 'whsec_ and base64 of 32 random bytes. Only the status-engine can read it; the gateway writes it once';
COMMENT ON COLUMN webhook_secrets.expires_at IS 'Until when it signs beside the current one; null for the current one';
CREATE UNIQUE INDEX webhook_secrets_one_current ON webhook_secrets (business_id, endpoint_id) WHERE expires_at IS NULL;
CREATE INDEX webhook_secrets_endpoint ON webhook_secrets (business_id, endpoint_id, id);

CREATE TABLE webhook_deliveries (
    business_id      bigint NOT NULL,
    id               bigint GENERATED ALWAYS AS IDENTITY,
    endpoint_id      bigint NOT NULL,
    event_id         uuid NOT NULL,
    event_type       text NOT NULL,
    body             text NOT NULL,
    state            text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    attempts         integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at           timestamptz,
    lock_token       uuid,
    last_attempt_at  timestamptz,
    response_status  smallint,
    response_excerpt text,
    error            text,
    duration_ms      integer,
    created_at       timestamptz NOT NULL,
    finished_at      timestamptz,
    PRIMARY KEY (business_id, id),
    CONSTRAINT webhook_deliveries_once UNIQUE (business_id, endpoint_id, event_id),
    FOREIGN KEY (business_id, endpoint_id) REFERENCES webhook_endpoints (business_id, id) ON DELETE CASCADE,
    CONSTRAINT due_iff_pending CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CONSTRAINT finished_iff_not_pending CHECK ((state = 'pending') = (finished_at IS NULL)),
    CONSTRAINT held_only_while_pending CHECK (lock_token IS NULL OR state = 'pending')
);
COMMENT ON TABLE webhook_deliveries IS 'One event on its way to one endpoint';
COMMENT ON COLUMN webhook_deliveries.event_id IS 'The id of the CloudEvents document, sent as webhook-id however often it is tried';
COMMENT ON COLUMN webhook_deliveries.body IS 'The bytes that are sent and signed, the same in every attempt';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'Attempts since it was written or asked for again';
COMMENT ON COLUMN webhook_deliveries.due_at IS 'When it is tried next; while an attempt is under way, when another worker may take it over';
COMMENT ON COLUMN webhook_deliveries.lock_token IS 'Of the attempt that is under way: only who holds it may record its end';
COMMENT ON COLUMN webhook_deliveries.response_excerpt IS 'The first part of the last answer';
COMMENT ON COLUMN webhook_deliveries.error IS 'Why the last attempt was none that counts, in one word; null when it was accepted';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (business_id, endpoint_id, due_at, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_held ON webhook_deliveries (business_id, endpoint_id) WHERE lock_token IS NOT NULL;
CREATE INDEX webhook_deliveries_log ON webhook_deliveries (business_id, endpoint_id, id);
CREATE INDEX webhook_deliveries_age ON webhook_deliveries (created_at);

-- Outlives its endpoint, so it does not refer to it.
CREATE TABLE webhook_endpoint_changes (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    endpoint_id bigint NOT NULL,
    kind        text NOT NULL
        CHECK (kind IN ('created', 'changed', 'secret_rotated', 'activated', 'deactivated', 'disabled', 'deleted')),
    reason      text CHECK (reason IN ('gone', 'failing')),
    user_id     bigint,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id),
    CONSTRAINT disabled_says_why CHECK ((kind = 'disabled') = (reason IS NOT NULL))
);
COMMENT ON TABLE webhook_endpoint_changes IS 'What was done to webhook endpoints, by whom; never changed once written';
COMMENT ON COLUMN webhook_endpoint_changes.user_id IS 'The signed-in person; null for a program''s key and for the system itself';
CREATE INDEX webhook_endpoint_changes_endpoint ON webhook_endpoint_changes (business_id, endpoint_id, id);

-- Walls and pens.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['webhook_endpoints', 'webhook_secrets', 'webhook_deliveries', 'webhook_endpoint_changes'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO callboard_api_gateway, callboard_status_engine
             USING (business_id = app_business_id())', t);
    END LOOP;
END
$$;
GRANT SELECT, INSERT, DELETE ON webhook_endpoints TO callboard_api_gateway;
GRANT UPDATE (url, description, event_types, is_active, disabled_at, disabled_reason, failing_since, rests_until, version,
    updated_at) ON webhook_endpoints TO callboard_api_gateway;
GRANT SELECT ON webhook_endpoints TO callboard_status_engine, callboard_operator;
GRANT UPDATE (is_active, disabled_at, disabled_reason, failing_since, rests_until, version, updated_at)
    ON webhook_endpoints TO callboard_status_engine;
-- Nobody but who signs reads a secret back.
GRANT SELECT (business_id, id, endpoint_id, created_at, expires_at), INSERT, UPDATE (expires_at), DELETE
    ON webhook_secrets TO callboard_api_gateway;
GRANT SELECT (business_id, id, endpoint_id, created_at, expires_at) ON webhook_secrets TO callboard_operator;
GRANT SELECT ON webhook_secrets TO callboard_status_engine;
-- A test is one more delivery, and to send one again is to make it pending again.
GRANT SELECT, INSERT, UPDATE (state, due_at, attempts, finished_at) ON webhook_deliveries TO callboard_api_gateway;
GRANT SELECT, INSERT, UPDATE (state, due_at, lock_token, response_status, response_excerpt, error, duration_ms, finished_at)
    ON webhook_deliveries TO callboard_status_engine;
GRANT SELECT ON webhook_deliveries, webhook_endpoint_changes TO callboard_operator;
GRANT SELECT, INSERT ON webhook_endpoint_changes TO callboard_api_gateway;
GRANT INSERT ON webhook_endpoint_changes TO callboard_status_engine;

-- Who waited longest is served first, one delivery of each endpoint before the second of any. An endpoint that has been
-- failing is tried one delivery at a time, so that a dead one holds one worker however much waits for it. Endpoints that
-- another worker is looking at are passed over; their deliveries are due at its next look. In PL/pgSQL, which keeps its plan.
CREATE FUNCTION claim_webhook_deliveries(
    now_is timestamptz, lease interval, most integer, per_endpoint integer, per_business integer)
    RETURNS TABLE (
        business_id bigint, id bigint, endpoint_id bigint, lock_token uuid, event_id uuid, event_type text, attempts integer,
        created_at timestamptz, url text, body text, secrets text[])
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
    #variable_conflict use_column
    BEGIN
    RETURN QUERY WITH RECURSIVE waits AS (
        -- From one endpoint that something waits for to the next, by the index: most have nothing.
        (SELECT d.business_id, d.endpoint_id FROM webhook_deliveries d WHERE d.state = 'pending'
         ORDER BY d.business_id, d.endpoint_id LIMIT 1)
        UNION ALL
        SELECT n.business_id, n.endpoint_id
        FROM waits w
        CROSS JOIN LATERAL (
            SELECT d.business_id, d.endpoint_id FROM webhook_deliveries d
            WHERE d.state = 'pending' AND (d.business_id, d.endpoint_id) > (w.business_id, w.endpoint_id)
            ORDER BY d.business_id, d.endpoint_id LIMIT 1) n
    ), turn AS (
        SELECT e.business_id, e.id, e.served_at, allowed.here - held.here AS room, per_business - held.everywhere AS business_room
        FROM waits w
        JOIN webhook_endpoints e ON e.business_id = w.business_id AND e.id = w.endpoint_id
        CROSS JOIN LATERAL (SELECT CASE WHEN e.failing_since IS NULL THEN per_endpoint ELSE 1 END AS here) allowed
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE d.endpoint_id = e.id) AS here, count(*) AS everywhere
            FROM webhook_deliveries d
            WHERE d.business_id = e.business_id AND d.lock_token IS NOT NULL AND d.due_at > now_is) held
        WHERE e.is_active AND (e.rests_until IS NULL OR e.rests_until <= now_is)
          AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.business_id = e.business_id AND d.endpoint_id = e.id
                      AND d.state = 'pending' AND d.due_at <= now_is)
          AND held.here < allowed.here AND held.everywhere < per_business
        ORDER BY e.served_at, e.id LIMIT most
        FOR NO KEY UPDATE OF e SKIP LOCKED
    ), waiting AS (
        SELECT t.business_id, d.id, t.id AS endpoint_id, t.served_at, t.business_room,
               row_number() OVER (PARTITION BY t.business_id, t.id ORDER BY d.due_at, d.id) AS place
        FROM turn t
        CROSS JOIN LATERAL (
            SELECT w.id, w.due_at FROM webhook_deliveries w
            WHERE w.business_id = t.business_id AND w.endpoint_id = t.id AND w.state = 'pending' AND w.due_at <= now_is
            ORDER BY w.due_at, w.id LIMIT t.room FOR UPDATE SKIP LOCKED) d
    ), ranked AS (
        SELECT w.*, row_number() OVER (PARTITION BY w.business_id ORDER BY w.place, w.served_at, w.id) AS business_place
        FROM waiting w
    ), mine AS (
        SELECT r.business_id, r.id, r.endpoint_id FROM ranked r WHERE r.business_place <= r.business_room
        ORDER BY r.place, r.served_at, r.id LIMIT most
    ), served AS (
        UPDATE webhook_endpoints e SET served_at = now_is
        FROM (SELECT DISTINCT m.business_id, m.endpoint_id FROM mine m) m
        WHERE e.business_id = m.business_id AND e.id = m.endpoint_id
    )
    UPDATE webhook_deliveries d
    SET lock_token = gen_random_uuid(), due_at = now_is + lease, attempts = d.attempts + 1, last_attempt_at = now_is
    FROM mine m JOIN webhook_endpoints e ON e.business_id = m.business_id AND e.id = m.endpoint_id
    WHERE d.business_id = m.business_id AND d.id = m.id
    RETURNING d.business_id, d.id, d.endpoint_id, d.lock_token, d.event_id, d.event_type, d.attempts, d.created_at, e.url, d.body,
        ARRAY(SELECT s.secret FROM webhook_secrets s
              WHERE s.business_id = d.business_id AND s.endpoint_id = d.endpoint_id
                AND (s.expires_at IS NULL OR s.expires_at > now_is)
              ORDER BY s.id DESC);
    END
    $$;
COMMENT ON FUNCTION claim_webhook_deliveries IS 'Takes deliveries that are due, over all tenants, with what they are sent to and signed with';

CREATE FUNCTION prune_webhook_deliveries(older_than timestamptz, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ WITH gone AS (
              DELETE FROM webhook_deliveries WHERE (business_id, id) IN (
                  SELECT d.business_id, d.id FROM webhook_deliveries d
                  WHERE d.created_at < older_than ORDER BY d.created_at LIMIT most)
              RETURNING 1)
          SELECT count(*) FROM gone $$;
COMMENT ON FUNCTION prune_webhook_deliveries IS 'Forgets deliveries that have had their days, whatever became of them';

CREATE FUNCTION webhook_backlog(now_is timestamptz, OUT due bigint, OUT oldest_seconds bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT count(*), coalesce(extract(epoch FROM now_is - min(d.due_at)), 0)::bigint
          FROM webhook_deliveries d JOIN webhook_endpoints e ON e.business_id = d.business_id AND e.id = d.endpoint_id
          WHERE d.state = 'pending' AND d.due_at <= now_is AND e.is_active
            AND (e.rests_until IS NULL OR e.rests_until <= now_is) $$;
COMMENT ON FUNCTION webhook_backlog IS 'How many deliveries could be sent now and are not, and since when the oldest could, over all tenants';

REVOKE EXECUTE ON FUNCTION claim_webhook_deliveries, prune_webhook_deliveries, webhook_backlog FROM PUBLIC;
GRANT EXECUTE ON FUNCTION claim_webhook_deliveries, prune_webhook_deliveries, webhook_backlog TO callboard_status_engine;
