-- Runs, their jobs, the calls, and the slots that calls are made on.
-- A business's limit is the number of its open rows in call_slots, which a trigger on the settings makes; a live call is on
-- one of them, and an index allows one live call per line: so one call more than the limit has no place to be stored. A run's own limit is a CHECK on
-- its counter, which changes in the same transaction as the job that it counts.
--
-- Checks of one column are domains: PostgreSQL reads a table's CHECKs anew for every statement that writes it, which for a
-- single row takes longer than writing it, and a domain's once per session.
CREATE DOMAIN natural_number AS integer CHECK (VALUE >= 0);
CREATE DOMAIN run_status AS text
    CHECK (VALUE IN ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled'));
CREATE DOMAIN run_kind AS text CHECK (VALUE IN ('bulk', 'direct'));
CREATE DOMAIN run_concurrency AS smallint CHECK (VALUE BETWEEN 1 AND 1000);
CREATE DOMAIN recent_outcomes AS text CHECK (length(VALUE) <= 50);
CREATE DOMAIN job_status AS text
    CHECK (VALUE IN ('queued', 'dialing', 'calling', 'completed', 'failed', 'cancelled'));
CREATE DOMAIN call_direction AS text CHECK (VALUE IN ('inbound', 'outbound'));
CREATE DOMAIN call_status AS text CHECK (VALUE IN ('initiated', 'ringing', 'in-progress',
                                                   'completed', 'busy', 'no-answer', 'failed', 'canceled'));
CREATE DOMAIN dial_state AS text CHECK (VALUE IN ('planned', 'accepted', 'rejected', 'unknown', 'absent'));
CREATE DOMAIN probability AS double precision CHECK (VALUE BETWEEN 0 AND 1);
CREATE DOMAIN line_number AS smallint CHECK (VALUE >= 1);

CREATE TABLE outbound_call_runs (
    business_id        bigint NOT NULL REFERENCES business (id),
    id                 bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    outbound_list_id   bigint,
    created_by_user_id bigint,
    kind               run_kind NOT NULL DEFAULT 'bulk',
    priority           smallint NOT NULL DEFAULT 0,
    concurrency        run_concurrency NOT NULL DEFAULT 3,
    total_leads        natural_number NOT NULL DEFAULT 0,
    queued_count       natural_number NOT NULL DEFAULT 0,
    in_progress_count  integer NOT NULL DEFAULT 0,
    completed_count    natural_number NOT NULL DEFAULT 0,
    failed_count       natural_number NOT NULL DEFAULT 0,
    cancelled_count    natural_number NOT NULL DEFAULT 0,
    cursor_position    natural_number NOT NULL DEFAULT 0,
    status             run_status NOT NULL DEFAULT 'pending',
    cancel_requested   boolean NOT NULL DEFAULT false,
    hang_up_requested  boolean NOT NULL DEFAULT false,
    pause_requested    boolean NOT NULL DEFAULT false,
    last_error         text,
    retry_policy       jsonb,
    start_at           timestamptz,
    next_job_id        bigint NOT NULL DEFAULT 0,
    last_job_id        bigint NOT NULL DEFAULT 0,
    recent_outcomes    recent_outcomes NOT NULL DEFAULT '',
    progress_at        timestamptz,
    progress_waits     boolean NOT NULL DEFAULT false,
    locked_by_worker   text,
    lock_ts            timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now(),
    started_at         timestamptz,
    ended_at           timestamptz,
    PRIMARY KEY (business_id, id),
    FOREIGN KEY (business_id, outbound_list_id) REFERENCES outbound_lead_lists (business_id, id),
    FOREIGN KEY (business_id, created_by_user_id) REFERENCES users (business_id, id),
    CONSTRAINT never_over_the_run_limit CHECK (in_progress_count BETWEEN 0 AND concurrency),
    CONSTRAINT ended_iff_over CHECK ((ended_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))),
    CONSTRAINT running_has_started CHECK (status <> 'running' OR started_at IS NOT NULL),
    CONSTRAINT locked_has_time CHECK ((locked_by_worker IS NULL) = (lock_ts IS NULL)),
    CONSTRAINT counters_add_up CHECK (
        queued_count + in_progress_count + completed_count + failed_count + cancelled_count = total_leads)
);
COMMENT ON TABLE outbound_call_runs IS 'A bulk calling campaign over chosen leads; a direct call is a run of one to three with the highest priority';
COMMENT ON COLUMN outbound_call_runs.cursor_position IS 'How many of its jobs have left the queue at least once';
COMMENT ON COLUMN outbound_call_runs.cancel_requested IS 'A person''s wish, held by the next claim from its commit on';
COMMENT ON COLUMN outbound_call_runs.next_job_id IS 'No job before this one still waits for its first turn: where the claim looks on';
COMMENT ON COLUMN outbound_call_runs.last_job_id IS 'No job of the run is behind this one';
COMMENT ON COLUMN outbound_call_runs.recent_outcomes IS 'What its last calls came to, newest last: a(nswered), v(oicemail), u(nanswered), f(ailed), r(efused)';
COMMENT ON COLUMN outbound_call_runs.progress_at IS 'When run.progress was raised last: four times a second at most';
COMMENT ON COLUMN outbound_call_runs.progress_waits IS 'Its counters changed since, and nobody was told yet';
CREATE INDEX outbound_call_runs_open ON outbound_call_runs (business_id, priority DESC, id)
    WHERE status IN ('pending', 'running', 'paused');
CREATE INDEX outbound_call_runs_newest ON outbound_call_runs (business_id, id DESC);

CREATE TABLE outbound_call_jobs (
    business_id     bigint NOT NULL,
    id              bigint GENERATED ALWAYS AS IDENTITY,
    run_id          bigint NOT NULL,
    lead_id         bigint NOT NULL,
    status          job_status NOT NULL DEFAULT 'queued',
    attempts        smallint NOT NULL DEFAULT 0,
    dials           smallint NOT NULL DEFAULT 0,
    due_at          timestamptz,
    deferred_by     text,
    outcome         text,
    error_message   text,
    cancel_requested boolean NOT NULL DEFAULT false,
    twilio_call_sid text,
    dial_started_at timestamptz,
    dial_lock_token uuid,
    locked_by_worker text,
    lock_ts         timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    started_at      timestamptz,
    completed_at    timestamptz,
    PRIMARY KEY (business_id, id),
    CONSTRAINT unique_run_lead UNIQUE (run_id, lead_id),
    CONSTRAINT over_iff_completed_at CHECK (
        (completed_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))),
    CONSTRAINT in_the_air_iff_locked CHECK (
        (dial_lock_token IS NOT NULL AND dial_started_at IS NOT NULL) OR status NOT IN ('dialing', 'calling')),
    CONSTRAINT calling_has_a_sid CHECK (status <> 'calling' OR twilio_call_sid IS NOT NULL),
    CONSTRAINT only_what_waits_is_due CHECK (due_at IS NULL OR status = 'queued'),
    CONSTRAINT deferred_has_a_time CHECK (deferred_by IS NULL OR due_at IS NOT NULL)
) WITH (fillfactor = 60);
COMMENT ON TABLE outbound_call_jobs IS 'One lead in one run';
COMMENT ON COLUMN outbound_call_jobs.due_at IS 'Not before this; null waits for its first turn, in the order of the ids';
COMMENT ON COLUMN outbound_call_jobs.deferred_by IS 'What it was put aside for until due_at: retry, carrier, gap, daily_cap, in_a_call, calling_window';
COMMENT ON COLUMN outbound_call_jobs.dial_lock_token IS 'Minted by the claim; only its holder may record what came of the dial';
COMMENT ON COLUMN outbound_call_jobs.cancel_requested IS 'A person''s wish, held by the next claim from its commit on';
COMMENT ON COLUMN outbound_call_jobs.dials IS 'How often it left the queue';
COMMENT ON COLUMN outbound_call_jobs.attempts IS 'Calls that could have made a phone ring';

-- A job's run and its lead are its own business's. Two foreign keys would say the same, one row after the other, and take
-- twice as long as the whole insert of a run of 100,000; no service may delete a run or a lead, or change their ids, so
-- one look at what was added is as strong.
CREATE FUNCTION outbound_call_jobs_belong() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
DECLARE
    is_foreign boolean;
BEGIN
    WITH block AS (
        SELECT business_id, run_id, min(id) AS first, max(id) AS last FROM added GROUP BY business_id, run_id
    ), run AS (
        UPDATE outbound_call_runs r
        SET next_job_id = CASE WHEN r.next_job_id BETWEEN 1 AND r.last_job_id THEN r.next_job_id ELSE b.first END,
            last_job_id = greatest(r.last_job_id, b.last)
        FROM block b WHERE r.business_id = b.business_id AND r.id = b.run_id
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM block) <> (SELECT count(*) FROM run) INTO is_foreign;
    IF is_foreign THEN
        RAISE EXCEPTION 'a job names a run that its business does not have'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'outbound_call_jobs_run';
    END IF;
    IF EXISTS (SELECT FROM added a LEFT JOIN leads l ON l.tenant_id = a.business_id AND l.id = a.lead_id
               WHERE l.id IS NULL) THEN
        RAISE EXCEPTION 'a job names a lead that its business does not have'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'outbound_call_jobs_lead';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER outbound_call_jobs_belong AFTER INSERT ON outbound_call_jobs
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION outbound_call_jobs_belong();
-- No index names the status: it changes with every call, and a row whose indexed columns stay as they are is changed in
-- place (HOT). Jobs that were never called are found by their ids, those that were put aside by the time they are due.
CREATE INDEX outbound_call_jobs_due ON outbound_call_jobs (run_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX outbound_call_jobs_to_cancel ON outbound_call_jobs (business_id, run_id) WHERE cancel_requested;

CREATE TABLE call_log (
    business_id           bigint NOT NULL,
    id                    bigint GENERATED ALWAYS AS IDENTITY,
    attempt_id            uuid NOT NULL,
    lead_id               bigint NOT NULL,
    run_id                bigint,
    job_id                bigint,
    call_sid              text,
    from_number           text NOT NULL,
    to_number             text NOT NULL,
    direction             call_direction NOT NULL,
    status                call_status NOT NULL,
    dial_state            dial_state NOT NULL DEFAULT 'planned',
    line                  line_number NOT NULL,
    attempt_number        smallint NOT NULL DEFAULT 1,
    revision              integer NOT NULL DEFAULT 0,
    lock_token            uuid,
    locked_by_worker      text,
    answered_by           text,
    error_code            integer,
    error_message         text,
    reconcile_at          timestamptz,
    reconcile_count       smallint NOT NULL DEFAULT 0,
    created_at            timestamptz NOT NULL DEFAULT now(),
    answered_at           timestamptz,
    ended_at              timestamptz,
    duration              natural_number,
    recording_url         text,
    recording_sid         text,
    transcription         text,
    final_transcript      text,
    summary               text,
    extracted_service     text,
    extracted_city        text,
    extraction_confidence probability,
    PRIMARY KEY (business_id, id),
    CONSTRAINT a_job_has_a_run CHECK ((job_id IS NULL) = (run_id IS NULL)),
    CONSTRAINT ended_iff_terminal CHECK ((ended_at IS NULL) = (status IN ('initiated', 'ringing', 'in-progress'))),
    CONSTRAINT accepted_has_a_sid CHECK (dial_state <> 'accepted' OR call_sid IS NOT NULL),
    CONSTRAINT open_has_a_next_look CHECK (ended_at IS NOT NULL OR reconcile_at IS NOT NULL)
) WITH (fillfactor = 70);
COMMENT ON TABLE call_log IS 'One carrier call, one ring of a phone; its first state is the intent to dial, committed before the carrier is asked';
COMMENT ON COLUMN call_log.attempt_id IS 'Unguessable, minted before the carrier is asked; travels in every callback URL';
COMMENT ON COLUMN call_log.dial_state IS 'planned: intent only; accepted: the carrier gave a SID; rejected: never processed; unknown: being reconciled; absent: the carrier, asked, has no such call';
COMMENT ON COLUMN call_log.reconcile_at IS 'When the carrier is asked next if no callback has ended the call by then';
COMMENT ON COLUMN call_log.attempt_number IS 'The how-maniest call of its job that can make a phone ring';
COMMENT ON COLUMN call_log.line IS 'The line that it was made on';
COMMENT ON COLUMN call_log.revision IS 'Grows with each thing heard of it; what was folded over an older one is not written';
COMMENT ON COLUMN call_log.transcription IS 'As the speech server gave it';
COMMENT ON COLUMN call_log.final_transcript IS 'With speakers, as shown and classified';
-- Every index of this table is written twice for each call, so there are few: newest first is by id, a job's calls are
-- found among its lead's, a run's calls in the air among its business's.
CREATE UNIQUE INDEX call_log_attempt_id ON call_log (attempt_id);
CREATE UNIQUE INDEX call_log_call_sid_key ON call_log (call_sid) WHERE call_sid IS NOT NULL;
-- A line carries one call at a time: a call more than a business's limit cannot be stored, whoever writes.
CREATE UNIQUE INDEX call_log_one_call_per_line ON call_log (business_id, line) WHERE ended_at IS NULL;
-- One phone of a business rings for one call at a time, whichever runs its lead is in.
CREATE UNIQUE INDEX call_log_one_call_per_number ON call_log (business_id, to_number)
    WHERE ended_at IS NULL AND direction = 'outbound';
CREATE INDEX call_log_number ON call_log (business_id, to_number, created_at) WHERE direction = 'outbound';
CREATE INDEX call_log_lead ON call_log (business_id, lead_id, created_at DESC);


-- A call's lead is its business's own, and its line is open to such a call; as with jobs, one look at what was added is as
-- strong as a foreign key. That nobody else holds the line is said by an index. Its job and its run are those that the
-- writing statement itself takes out of the queue; `callboard verify` compares them.
CREATE FUNCTION call_log_belong() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT FROM added a
               LEFT JOIN leads l ON l.tenant_id = a.business_id AND l.id = a.lead_id
               LEFT JOIN call_slots s ON s.business_id = a.business_id AND s.line = a.line
               WHERE l.id IS NULL OR (a.ended_at IS NULL
                     AND (s.is_open AND (s.serves_outbound OR a.direction = 'inbound')) IS NOT TRUE)) THEN
        RAISE EXCEPTION 'a call names a lead that its business does not have, or a line that is not for it'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'call_log_belongs';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER call_log_belong AFTER INSERT ON call_log
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION call_log_belong();

CREATE TABLE call_slots (
    business_id     bigint NOT NULL,
    line            line_number NOT NULL,
    is_open         boolean NOT NULL DEFAULT true,
    serves_outbound boolean NOT NULL,
    PRIMARY KEY (business_id, line)
);
COMMENT ON TABLE call_slots IS 'The right of a business to have one more call in the air: one row per line; the call that holds it is the live one in call_log';
COMMENT ON COLUMN call_slots.is_open IS 'False once the limit was lowered below this line; a call that holds it may end in peace';
COMMENT ON COLUMN call_slots.serves_outbound IS 'Whether an outbound call may take it; an inbound one takes such a line only when no other is free';

CREATE TABLE call_reconciliations (
    business_id bigint NOT NULL REFERENCES business (id),
    id          bigint GENERATED ALWAYS AS IDENTITY,
    attempt_id  uuid NOT NULL,
    dial_state  text NOT NULL,
    status      text NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (business_id, id)
);
COMMENT ON TABLE call_reconciliations IS 'Calls of which nobody told, so that the carrier was asked: what its answer made of them. Append-only by grant';
COMMENT ON COLUMN call_reconciliations.dial_state IS 'accepted: the carrier has the call; absent: it has no such call, so its line was given back';
CREATE INDEX call_reconciliations_attempt ON call_reconciliations (attempt_id);

CREATE TABLE carrier_pace (
    account text PRIMARY KEY,
    next_at timestamptz NOT NULL
);
COMMENT ON TABLE carrier_pace IS 'How fast an account at the carrier creates calls, over all replicas: one token bucket each';
COMMENT ON COLUMN carrier_pace.next_at IS 'When its next call would be on time (generic cell rate algorithm)';

-- Lines follow the limits. Runs as the owner, so that no service needs the right to make a line.
CREATE FUNCTION call_slots_follow_limits() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    INSERT INTO call_slots (business_id, line, serves_outbound)
    SELECT NEW.business_id, n, n <= NEW.max_outbound FROM generate_series(1, NEW.max_total) AS n
    ON CONFLICT DO NOTHING;
    UPDATE call_slots SET is_open = line <= NEW.max_total, serves_outbound = line <= NEW.max_outbound
    WHERE business_id = NEW.business_id
      AND (is_open, serves_outbound) <> (line <= NEW.max_total, line <= NEW.max_outbound);
    RETURN NULL;
END
$$;
CREATE TRIGGER call_slots_follow_limits AFTER INSERT OR UPDATE OF max_outbound, max_total ON business_settings
    FOR EACH ROW EXECUTE FUNCTION call_slots_follow_limits();

-- Jobs are put aside for what held at that moment. When it changes they are looked at again, instead of waiting for what
-- held before. Runs are locked first, as everywhere.
CREATE FUNCTION outbound_call_jobs_look_again(of_business bigint) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE outbound_call_jobs j SET due_at = now()
    FROM (SELECT r.id FROM outbound_call_runs r
          WHERE r.business_id = of_business AND r.status IN ('pending', 'running', 'paused')
          ORDER BY r.id FOR UPDATE) r
    WHERE j.run_id = r.id AND j.due_at > now() AND j.status = 'queued'
      AND j.deferred_by IN ('gap', 'daily_cap', 'calling_window');
$$;

CREATE FUNCTION outbound_call_jobs_follow_rules() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM outbound_call_jobs_look_again(NEW.business_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER outbound_call_jobs_follow_rules
    AFTER UPDATE OF min_gap_minutes, max_calls_per_day, calling_windows ON business_settings
    FOR EACH ROW
    WHEN ((OLD.min_gap_minutes, OLD.max_calls_per_day, OLD.calling_windows)
          IS DISTINCT FROM (NEW.min_gap_minutes, NEW.max_calls_per_day, NEW.calling_windows))
    EXECUTE FUNCTION outbound_call_jobs_follow_rules();

-- The rules that a dialer keeps in mind are those of a version of the settings; the time zone is part of them.
CREATE FUNCTION business_settings_follow_time_zone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    UPDATE business_settings SET version = version + 1 WHERE business_id = NEW.id;
    PERFORM outbound_call_jobs_look_again(NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER business_settings_follow_time_zone AFTER UPDATE OF time_zone ON business
    FOR EACH ROW WHEN (NEW.time_zone <> OLD.time_zone) EXECUTE FUNCTION business_settings_follow_time_zone();

-- A person's zone is part of them too.
CREATE FUNCTION leads_change_zone() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    PERFORM business_settings_know_zone(NEW.tenant_id, ARRAY[coalesce(NEW.time_zone, NEW.phone_zone)])
    WHERE coalesce(NEW.time_zone, NEW.phone_zone) IS NOT NULL;
    UPDATE outbound_call_jobs j SET due_at = now()
    FROM (SELECT r.id FROM outbound_call_runs r
          WHERE r.business_id = NEW.tenant_id AND r.status IN ('pending', 'running', 'paused')
          ORDER BY r.id FOR UPDATE) r
    WHERE j.run_id = r.id AND j.lead_id = NEW.id AND j.due_at > now() AND j.status = 'queued'
      AND j.deferred_by = 'calling_window';
    RETURN NULL;
END
$$;
CREATE TRIGGER leads_change_zone AFTER UPDATE OF time_zone, phone_zone ON leads
    FOR EACH ROW
    WHEN (coalesce(OLD.time_zone, OLD.phone_zone) IS DISTINCT FROM coalesce(NEW.time_zone, NEW.phone_zone))
    EXECUTE FUNCTION leads_change_zone();
