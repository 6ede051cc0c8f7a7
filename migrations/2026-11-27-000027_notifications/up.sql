-- Notifications reach people: the bell tells in the language of who reads, changes are pushed to browsers and gathered into
-- e-mail, each as its user prefers.
ALTER TABLE notifications ADD COLUMN facts jsonb;
COMMENT ON COLUMN notifications.facts IS 'What happened, from which title and body are told in the reader''s language; null in rows that only have their texts';
CREATE INDEX notifications_of_user ON notifications (business_id, user_id, id DESC);

CREATE TABLE notification_preferences (
    business_id     bigint NOT NULL,
    user_id         bigint NOT NULL,
    statuses        text[],
    sources         text[] NOT NULL DEFAULT '{auto_inbound,auto_outbound,auto_whatsapp}'
        CHECK (sources <@ ARRAY['auto_inbound', 'auto_outbound', 'auto_whatsapp', 'manual']),
    push            text NOT NULL DEFAULT 'at_once' CHECK (push IN ('off', 'at_once', 'hourly', 'daily')),
    email           text NOT NULL DEFAULT 'off' CHECK (email IN ('off', 'hourly', 'daily')),
    email_chosen_at timestamptz,
    digest_hour     smallint NOT NULL DEFAULT 8 CHECK (digest_hour BETWEEN 0 AND 23),
    quiet_hours     jsonb,
    quiet_days      text[] NOT NULL DEFAULT '{}' CHECK (quiet_days <@ ARRAY['shabbat', 'jewish_holidays']),
    version         bigint NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (business_id, user_id),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id)
);
COMMENT ON TABLE notification_preferences IS 'Of what a user is told, how and when; a user without a row has the defaults';
COMMENT ON COLUMN notification_preferences.statuses IS 'Names of the statuses whose leads they want to hear of; null is all';
COMMENT ON COLUMN notification_preferences.sources IS 'Whose changes they want to hear of';
COMMENT ON COLUMN notification_preferences.email_chosen_at IS 'When they last chose to get e-mail: earlier refusals of their address do not count any more';
COMMENT ON COLUMN notification_preferences.digest_hour IS 'Hour of the daily digest on the business''s clock';
COMMENT ON COLUMN notification_preferences.quiet_hours IS 'When nothing is pushed or mailed, on the business''s clock; what comes up is held until their end';
COMMENT ON COLUMN notification_preferences.quiet_days IS 'Days of rest on which nothing is, as in calling_windows';
COMMENT ON COLUMN notification_preferences.version IS 'Grows with each change; two devices that edit at once get a conflict';

-- A subscription is one of the session in which it was made, and goes with it: signed out, deactivated, another password.
ALTER TABLE sessions ADD CONSTRAINT sessions_of_business UNIQUE (business_id, token_hash);
CREATE TABLE push_subscriptions (
    business_id  bigint NOT NULL,
    id           bigint GENERATED ALWAYS AS IDENTITY,
    user_id      bigint NOT NULL,
    session_hash bytea NOT NULL,
    endpoint     text NOT NULL CHECK (length(endpoint) BETWEEN 1 AND 2000),
    p256dh       bytea NOT NULL CHECK (octet_length(p256dh) = 65),
    auth         bytea NOT NULL CHECK (octet_length(auth) = 16),
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (business_id, id),
    -- Over all tenants: a browser belongs to who is signed in on it now, whichever business that is. The address is a secret
    -- of the browser, so the index tells nobody anything.
    CONSTRAINT push_subscriptions_endpoint UNIQUE (endpoint),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id),
    FOREIGN KEY (business_id, session_hash) REFERENCES sessions (business_id, token_hash) ON DELETE CASCADE
);
COMMENT ON TABLE push_subscriptions IS 'A browser that notifications of a user are pushed to';
COMMENT ON COLUMN push_subscriptions.session_hash IS 'The session in which it was made; it goes when that ends';
COMMENT ON COLUMN push_subscriptions.endpoint IS 'Where the browser''s push service takes messages for it; who knows it can send there';
COMMENT ON COLUMN push_subscriptions.p256dh IS 'The browser''s public key (P-256, uncompressed), RFC 8291';
COMMENT ON COLUMN push_subscriptions.auth IS 'The secret that the browser shares with us, RFC 8291';
CREATE INDEX push_subscriptions_user ON push_subscriptions (business_id, user_id, id);
CREATE INDEX push_subscriptions_session ON push_subscriptions (business_id, session_hash);

CREATE TABLE push_deliveries (
    business_id     bigint NOT NULL,
    subscription_id bigint NOT NULL,
    lead_id         bigint NOT NULL,
    notification_id bigint NOT NULL,
    revision        integer NOT NULL DEFAULT 1,
    attempts        smallint NOT NULL DEFAULT 0,
    due_at          timestamptz NOT NULL,
    give_up_at      timestamptz NOT NULL,
    claimed_until   timestamptz,
    PRIMARY KEY (business_id, subscription_id, lead_id),
    FOREIGN KEY (business_id, subscription_id) REFERENCES push_subscriptions (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    FOREIGN KEY (business_id, notification_id) REFERENCES notifications (business_id, id)
);
COMMENT ON TABLE push_deliveries IS 'What is still to be pushed to a browser: of each lead the newest only';
COMMENT ON COLUMN push_deliveries.revision IS 'Grows when a newer notification takes the place: what was sent meanwhile does not settle it';
COMMENT ON COLUMN push_deliveries.due_at IS 'When it is sent, or tried again; the end of quiet hours or of a digest''s period, where it waits for that';
COMMENT ON COLUMN push_deliveries.give_up_at IS 'After this it is not tried again';
COMMENT ON COLUMN push_deliveries.claimed_until IS 'Until then one process is at it';
CREATE INDEX push_deliveries_due ON push_deliveries (due_at);

CREATE TABLE mail_digests (
    business_id   bigint NOT NULL,
    user_id       bigint NOT NULL,
    period        text NOT NULL CHECK (length(period) BETWEEN 1 AND 40),
    due_at        timestamptz NOT NULL,
    state         text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'unknown', 'dropped')),
    attempts      smallint NOT NULL DEFAULT 0,
    claimed_until timestamptz,
    through_id    bigint,
    reason        text,
    settled_at    timestamptz,
    PRIMARY KEY (business_id, user_id, period),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id),
    CONSTRAINT sending_iff_claimed CHECK ((state = 'sending') = (claimed_until IS NOT NULL)),
    CONSTRAINT settled_iff_settled_at CHECK ((state IN ('sent', 'unknown', 'dropped')) = (settled_at IS NOT NULL)),
    CONSTRAINT sent_tells_through CHECK (state <> 'sent' OR through_id IS NOT NULL)
);
COMMENT ON TABLE mail_digests IS 'The e-mail digests of a user, one per period in which there was something to tell; written before anything is sent';
COMMENT ON COLUMN mail_digests.period IS 'hourly or daily, and which: so that a period has one digest whatever happens';
COMMENT ON COLUMN mail_digests.state IS 'unknown: the process or the connection ended while it was being sent; it is not sent again, the next digest tells its content';
COMMENT ON COLUMN mail_digests.through_id IS 'The newest notification that it tells of';
COMMENT ON COLUMN mail_digests.reason IS 'Why it was not sent, or is tried again';
CREATE INDEX mail_digests_due ON mail_digests (coalesce(claimed_until, due_at)) WHERE state IN ('waiting', 'sending');
CREATE INDEX mail_digests_sent ON mail_digests (business_id, user_id, through_id) WHERE state = 'sent';

CREATE TABLE mail_refusals (
    business_id bigint NOT NULL,
    user_id     bigint NOT NULL,
    times       smallint NOT NULL CHECK (times > 0),
    last_at     timestamptz NOT NULL,
    reason      text NOT NULL,
    PRIMARY KEY (business_id, user_id),
    FOREIGN KEY (business_id, user_id) REFERENCES users (business_id, id)
);
COMMENT ON TABLE mail_refusals IS 'Addresses that the mail server refuses; one that it takes has no row';
COMMENT ON COLUMN mail_refusals.times IS 'How often in a row; after three nothing is sent there any more until the user chooses e-mail anew';

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['notification_preferences', 'push_subscriptions', 'push_deliveries', 'mail_digests', 'mail_refusals'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format(
            'CREATE POLICY tenant ON %I TO callboard_api_gateway, callboard_status_engine
             USING (business_id = app_business_id())', t);
    END LOOP;
END
$$;
GRANT SELECT ON notification_preferences, push_subscriptions, push_deliveries, mail_digests, mail_refusals
    TO callboard_operator;
GRANT SELECT, INSERT, UPDATE ON notification_preferences TO callboard_api_gateway;
GRANT SELECT, INSERT, DELETE ON push_subscriptions TO callboard_api_gateway;
GRANT UPDATE (user_id, session_hash, p256dh, auth, created_at) ON push_subscriptions TO callboard_api_gateway;
GRANT SELECT ON mail_refusals TO callboard_api_gateway;
GRANT SELECT ON notification_preferences TO callboard_status_engine;
-- A subscription of which its push service says that it is over is taken away by who hears that.
GRANT SELECT, DELETE ON push_subscriptions TO callboard_status_engine;
GRANT SELECT, INSERT, UPDATE, DELETE ON push_deliveries, mail_refusals TO callboard_status_engine;
GRANT SELECT, INSERT, UPDATE ON mail_digests TO callboard_status_engine;

CREATE FUNCTION release_push_endpoint(wanted_endpoint text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ DELETE FROM push_subscriptions WHERE endpoint = wanted_endpoint AND business_id <> app_business_id() $$;
COMMENT ON FUNCTION release_push_endpoint IS 'Takes a browser away from the business whose user was signed in on it before';

CREATE FUNCTION due_pushes(now_is timestamptz, most integer)
    RETURNS TABLE (business_id bigint, subscription_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT p.business_id, p.subscription_id FROM push_deliveries p
          WHERE p.due_at <= now_is AND (p.claimed_until IS NULL OR p.claimed_until <= now_is)
          GROUP BY p.business_id, p.subscription_id ORDER BY min(p.due_at) LIMIT most $$;
COMMENT ON FUNCTION due_pushes IS 'To which browsers something is to be pushed, over all tenants';

CREATE FUNCTION due_mail_digests(now_is timestamptz, most integer)
    RETURNS TABLE (business_id bigint, user_id bigint, period text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT d.business_id, d.user_id, d.period FROM mail_digests d
          WHERE d.state IN ('waiting', 'sending') AND coalesce(d.claimed_until, d.due_at) <= now_is
          ORDER BY coalesce(d.claimed_until, d.due_at) LIMIT most $$;
COMMENT ON FUNCTION due_mail_digests IS 'Which e-mail digests are to be sent, or were begun and never settled, over all tenants';

REVOKE EXECUTE ON FUNCTION release_push_endpoint, due_pushes, due_mail_digests FROM PUBLIC;
GRANT EXECUTE ON FUNCTION release_push_endpoint TO callboard_api_gateway;
GRANT EXECUTE ON FUNCTION due_pushes, due_mail_digests TO callboard_status_engine;
