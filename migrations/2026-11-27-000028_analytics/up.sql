-- Analytics: what the histories add up to, per day of the business's own calendar. A day is always computed anew from the
-- history itself, and never added to: so it is right after a crash, a repetition, an undo or a decision that is told of late.
-- Whoever changes what a day is computed from notes so in the same transaction, in a row of its own, which nobody waits
-- for. It is seen when its transaction is, and not before: no late commit is missed.
CREATE TABLE analytics_changes (
    business_id bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    kind        text NOT NULL CHECK (kind IN ('status', 'decisions', 'calls', 'lead', 'everything')),
    at          timestamptz NOT NULL,
    lead_id     bigint,
    noted_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, id)
);
COMMENT ON TABLE analytics_changes IS 'What the histories have been told since the days in question were computed; taken out when those days are marked';
COMMENT ON COLUMN analytics_changes.kind IS 'Which history; lead: all days of a lead, whose list or owner is another one; everything: all days';
COMMENT ON COLUMN analytics_changes.at IS 'A time of the day that it counts on';
COMMENT ON COLUMN analytics_changes.lead_id IS 'Of a call or a lead: later calls of the lead count differently too';

CREATE TABLE analytics_state (
    business_id bigint PRIMARY KEY REFERENCES business (id),
    time_zone   text NOT NULL
);
COMMENT ON TABLE analytics_state IS 'Of each business; the row is the lock that whoever computes holds';
COMMENT ON COLUMN analytics_state.time_zone IS 'The clock on which its days were computed (IANA); when the business changes its own, all are computed anew';

CREATE TABLE analytics_days (
    business_id bigint NOT NULL REFERENCES business (id),
    kind        text NOT NULL CHECK (kind IN ('status', 'decisions', 'calls', 'status_month', 'calls_month')),
    day         date NOT NULL,
    due_at      timestamptz,
    stale_since timestamptz,
    took_ms     integer NOT NULL DEFAULT 0,
    PRIMARY KEY (business_id, kind, day),
    CONSTRAINT due_iff_stale CHECK ((due_at IS NULL) = (stale_since IS NULL))
);
COMMENT ON TABLE analytics_days IS 'Days (and months, named by their first day) that were computed or are to be';
COMMENT ON COLUMN analytics_days.due_at IS 'When it is computed next; null when it is as the history is';
COMMENT ON COLUMN analytics_days.stale_since IS 'The oldest change that it does not count yet';
COMMENT ON COLUMN analytics_days.took_ms IS 'How long computing it took last; the longer, the less often it is done';
CREATE INDEX analytics_days_due ON analytics_days (due_at) WHERE due_at IS NOT NULL;

-- A scope is all of the business, or the leads that are in one list, or have one owner, now; or the calls of one run.
CREATE DOMAIN analytics_scope AS text CHECK (VALUE IN ('all', 'list', 'owner', 'run'));

CREATE TABLE analytics_status_days (
    business_id bigint NOT NULL REFERENCES business (id),
    day         date NOT NULL,
    scope       analytics_scope NOT NULL,
    scope_id    bigint NOT NULL,
    source      text NOT NULL,
    from_status text NOT NULL,
    to_status   text NOT NULL,
    changes     integer NOT NULL,
    firsts      integer NOT NULL,
    PRIMARY KEY (business_id, scope, scope_id, day, source, from_status, to_status)
);
COMMENT ON TABLE analytics_status_days IS 'Changes of status of one day';
COMMENT ON COLUMN analytics_status_days.source IS 'auto_inbound, auto_outbound, auto_whatsapp, manual; created: leads that came to be';
COMMENT ON COLUMN analytics_status_days.from_status IS 'Empty: the lead had none, or came to be';
COMMENT ON COLUMN analytics_status_days.firsts IS 'Those by which a lead reached the status for the first time';
CREATE INDEX analytics_status_days_day ON analytics_status_days (business_id, day);

CREATE TABLE analytics_decision_days (
    business_id bigint NOT NULL REFERENCES business (id),
    day         date NOT NULL,
    scope       analytics_scope NOT NULL,
    scope_id    bigint NOT NULL,
    source      text NOT NULL,
    decided_by  text NOT NULL,
    step        smallint NOT NULL,
    outcome     text NOT NULL,
    decisions   integer NOT NULL,
    undone      integer NOT NULL,
    overruled   integer NOT NULL,
    PRIMARY KEY (business_id, scope, scope_id, day, source, decided_by, step, outcome)
);
COMMENT ON TABLE analytics_decision_days IS 'Automatic decisions of one day: of when they were applied, else made';
COMMENT ON COLUMN analytics_decision_days.decided_by IS 'tag, keywords, outcome; none: nothing was understood';
COMMENT ON COLUMN analytics_decision_days.step IS 'Where the band of confidence begins, in twentieths, 0 to 19; -1: none was stated';
COMMENT ON COLUMN analytics_decision_days.outcome IS 'moved, same (stood there already), nothing (nothing proposed), or the gate that held the change back';
COMMENT ON COLUMN analytics_decision_days.overruled IS 'Those that a person corrected by moving the lead';
CREATE INDEX analytics_decision_days_day ON analytics_decision_days (business_id, day);

CREATE TABLE analytics_call_days (
    business_id  bigint NOT NULL REFERENCES business (id),
    day          date NOT NULL,
    scope        analytics_scope NOT NULL,
    scope_id     bigint NOT NULL,
    direction    text NOT NULL,
    number       text NOT NULL,
    outcome      text NOT NULL,
    calls        integer NOT NULL,
    talk_seconds bigint NOT NULL,
    line_seconds double precision NOT NULL,
    PRIMARY KEY (business_id, scope, scope_id, day, direction, number, outcome)
);
COMMENT ON TABLE analytics_call_days IS 'Ended calls by the day on which they began';
COMMENT ON COLUMN analytics_call_days.number IS 'The business''s own number in them';
COMMENT ON COLUMN analytics_call_days.outcome IS 'reached, voicemail, busy, no-answer, failed, canceled; not_placed: the carrier did not take it';
COMMENT ON COLUMN analytics_call_days.line_seconds IS 'How long they held their lines';
CREATE INDEX analytics_call_days_day ON analytics_call_days (business_id, day);

CREATE TABLE analytics_call_hours (
    business_id bigint NOT NULL REFERENCES business (id),
    day         date NOT NULL,
    scope       analytics_scope NOT NULL,
    scope_id    bigint NOT NULL,
    hour        smallint NOT NULL CHECK (hour BETWEEN 0 AND 23),
    direction   text NOT NULL,
    calls       integer NOT NULL,
    answered    integer NOT NULL,
    reached     integer NOT NULL,
    PRIMARY KEY (business_id, scope, scope_id, day, direction, hour)
);
COMMENT ON TABLE analytics_call_hours IS 'Ended calls by the hour of the wall clock in which they began; calls that the carrier did not take are left out';
CREATE INDEX analytics_call_hours_day ON analytics_call_hours (business_id, day);

CREATE TABLE analytics_spreads (
    business_id bigint NOT NULL REFERENCES business (id),
    grain       text NOT NULL CHECK (grain IN ('day', 'month')),
    starts_on   date NOT NULL,
    scope       analytics_scope NOT NULL,
    scope_id    bigint NOT NULL,
    what        text NOT NULL CHECK (what IN ('stay', 'talk', 'attempts')),
    source      text NOT NULL,
    one         text NOT NULL,
    other       text NOT NULL,
    places      smallint[] NOT NULL,
    counts      integer[] NOT NULL,
    PRIMARY KEY (business_id, scope, scope_id, what, grain, starts_on, source, one, other),
    CONSTRAINT a_count_for_each_place CHECK (cardinality(places) = cardinality(counts))
);
COMMENT ON TABLE analytics_spreads IS 'How values are spread, so that medians of any range can be told: histograms of one day, and of whole months';
COMMENT ON COLUMN analytics_spreads.what IS 'stay: seconds in a status until it was left (source, one → other); talk: seconds of picked-up calls (direction, outcome); attempts: calls until a lead was first reached';
COMMENT ON COLUMN analytics_spreads.places IS 'Of attempts the number itself; of seconds n for 1.1^(n-1) and more but less than 1.1^n, 0 for less than one';
CREATE INDEX analytics_spreads_day ON analytics_spreads (business_id, starts_on);

-- By which a day is read.
CREATE INDEX lead_status_history_at ON lead_status_history (tenant_id, created_at);
CREATE INDEX lead_status_events_at ON lead_status_events (business_id, (coalesce(applied_at, created_at)));
CREATE INDEX leads_created ON leads (tenant_id, created_at);
-- Only when it has ended, so that a call in the air costs nothing more.
CREATE INDEX call_log_ended ON call_log (business_id, created_at) WHERE ended_at IS NOT NULL;
CREATE INDEX outbound_call_runs_asked ON outbound_call_runs (business_id, created_at) WHERE kind = 'bulk';

-- What notes the changes. Quarters of an hour are enough to know the day by: every clock differs from UTC by some of them.
-- As the owner, so that no service needs the right to write what another one reads.
CREATE FUNCTION analytics_note_history() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO analytics_changes (business_id, kind, at)
    SELECT DISTINCT tenant_id, 'status', date_bin('15 minutes', created_at, 'epoch') FROM added;
    RETURN NULL;
END
$$;
CREATE TRIGGER analytics_note_history AFTER INSERT ON lead_status_history
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION analytics_note_history();
CREATE TRIGGER analytics_note_leads AFTER INSERT ON leads
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION analytics_note_history();

CREATE FUNCTION analytics_note_decisions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO analytics_changes (business_id, kind, at)
    SELECT DISTINCT business_id, 'decisions', date_bin('15 minutes', coalesce(applied_at, created_at), 'epoch') FROM added;
    RETURN NULL;
END
$$;
CREATE TRIGGER analytics_note_decisions AFTER INSERT ON lead_status_events
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION analytics_note_decisions();

-- A decision that is made again may leave one day for another.
CREATE FUNCTION analytics_note_decision_again() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO analytics_changes (business_id, kind, at)
    VALUES (OLD.business_id, 'decisions', coalesce(OLD.applied_at, OLD.created_at)),
           (NEW.business_id, 'decisions', coalesce(NEW.applied_at, NEW.created_at));
    RETURN NULL;
END
$$;
CREATE TRIGGER analytics_note_decision_again AFTER UPDATE ON lead_status_events
    FOR EACH ROW
    WHEN ((OLD.applied, OLD.applied_at, OLD.confidence, OLD.gate, OLD.decided_by, OLD.from_status, OLD.to_status)
          IS DISTINCT FROM
          (NEW.applied, NEW.applied_at, NEW.confidence, NEW.gate, NEW.decided_by, NEW.from_status, NEW.to_status))
    EXECUTE FUNCTION analytics_note_decision_again();

CREATE FUNCTION analytics_note_corrections() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO analytics_changes (business_id, kind, at)
    SELECT d.business_id, 'decisions', coalesce(d.applied_at, d.created_at)
    FROM added a JOIN lead_status_events d ON d.business_id = a.business_id AND d.id = a.decision_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER analytics_note_corrections AFTER INSERT ON decision_corrections
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION analytics_note_corrections();

-- Row by row and with a condition, which costs nothing where it does not hold: a call is written several times before it ends.
CREATE FUNCTION analytics_note_call() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO analytics_changes (business_id, kind, at, lead_id)
    VALUES (NEW.business_id, 'calls', NEW.created_at, NEW.lead_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER analytics_note_call AFTER INSERT ON call_log
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION analytics_note_call();
CREATE TRIGGER analytics_note_call_end AFTER UPDATE OF ended_at, status, answered_by, duration, dial_state ON call_log
    FOR EACH ROW
    WHEN (NEW.ended_at IS NOT NULL
          AND (OLD.ended_at, OLD.status, OLD.answered_by, OLD.duration, OLD.dial_state)
              IS DISTINCT FROM (NEW.ended_at, NEW.status, NEW.answered_by, NEW.duration, NEW.dial_state))
    EXECUTE FUNCTION analytics_note_call();

-- A lead counts in the list and with the owner that it has now. A deleted one whose column is closed moves without a
-- history, which tells what it was when it came to be.
CREATE FUNCTION analytics_note_lead() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO analytics_changes (business_id, kind, at, lead_id)
    VALUES (NEW.tenant_id, 'lead', NEW.created_at, NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER analytics_note_lead AFTER UPDATE OF outbound_list_id, owner_user_id, status ON leads
    FOR EACH ROW
    WHEN ((OLD.outbound_list_id, OLD.owner_user_id) IS DISTINCT FROM (NEW.outbound_list_id, NEW.owner_user_id)
          OR (NEW.deleted_at IS NOT NULL AND OLD.status IS DISTINCT FROM NEW.status))
    EXECUTE FUNCTION analytics_note_lead();

CREATE FUNCTION analytics_note_time_zone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO analytics_changes (business_id, kind, at) VALUES (NEW.id, 'everything', now());
    RETURN NULL;
END
$$;
CREATE TRIGGER analytics_note_time_zone AFTER UPDATE OF time_zone ON business
    FOR EACH ROW WHEN (NEW.time_zone <> OLD.time_zone) EXECUTE FUNCTION analytics_note_time_zone();

-- What there is already.
INSERT INTO analytics_changes (business_id, kind, at) SELECT id, 'everything', now() FROM business;

CREATE FUNCTION analytics_businesses_due(most integer) RETURNS TABLE (business_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT d.business_id FROM analytics_days d WHERE d.due_at <= now()
          UNION SELECT c.business_id FROM analytics_changes c LIMIT most $$;
COMMENT ON FUNCTION analytics_businesses_due IS 'Whose days are to be marked or computed, over all tenants';
REVOKE EXECUTE ON FUNCTION analytics_businesses_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analytics_businesses_due TO callboard_status_engine;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['analytics_changes', 'analytics_state', 'analytics_days', 'analytics_status_days',
                             'analytics_decision_days', 'analytics_call_days', 'analytics_call_hours', 'analytics_spreads'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY operator ON %I TO callboard_operator USING (true)', t);
        EXECUTE format('CREATE POLICY tenant ON %I TO callboard_api_gateway, callboard_status_engine
                        USING (business_id = app_business_id())', t);
        EXECUTE format('GRANT SELECT ON %I TO callboard_api_gateway, callboard_status_engine, callboard_operator', t);
        EXECUTE format('GRANT DELETE ON %I TO callboard_status_engine, callboard_operator', t);
        CONTINUE WHEN t = 'analytics_changes';
        EXECUTE format('GRANT INSERT ON %I TO callboard_status_engine, callboard_operator', t);
    END LOOP;
END
$$;
-- The pen is status-engine's; an operator's rebuild takes it in hand under the same lock.
GRANT UPDATE (time_zone) ON analytics_state TO callboard_status_engine, callboard_operator;
GRANT UPDATE (due_at, stale_since, took_ms) ON analytics_days TO callboard_status_engine, callboard_operator;
GRANT SELECT ON decision_corrections TO callboard_status_engine;
