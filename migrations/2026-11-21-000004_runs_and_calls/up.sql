-- Runs, their jobs, the calls, and the slots that calls are made on.
-- A business's limit is the number of its open rows in call_slots: a trigger on the settings makes them, the dialer may
-- only fill and empty them, so one call more than the limit has no place to be stored. A run's own limit is a CHECK on
-- its counter, which changes in the same transaction as the job that it counts.
CREATE TABLE outbound_call_runs (
    business_id        bigint NOT NULL REFERENCES business (id),
    id                 bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    outbound_list_id   bigint,
    created_by_user_id bigint,
    kind               text NOT NULL DEFAULT 'bulk' CHECK (kind IN ('bulk', 'direct')),
    priority           smallint NOT NULL DEFAULT 0,
    concurrency        smallint NOT NULL DEFAULT 3 CHECK (concurrency BETWEEN 1 AND 1000),
    total_leads        integer NOT NULL DEFAULT 0 CHECK (total_leads >= 0),
    queued_count       integer NOT NULL DEFAULT 0 CHECK (queued_count >= 0),
    in_progress_count  integer NOT NULL DEFAULT 0,
    completed_count    integer NOT NULL DEFAULT 0 CHECK (completed_count >= 0),
    failed_count       integer NOT NULL DEFAULT 0 CHECK (failed_count >= 0),
    cancelled_count    integer NOT NULL DEFAULT 0 CHECK (cancelled_count >= 0),
    cursor_position    integer NOT NULL DEFAULT 0 CHECK (cursor_position >= 0),
    status             text NOT NULL DEFAULT 'pending'
                       CHECK (status IN ('pending', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    cancel_requested   boolean NOT NULL DEFAULT false,
    hang_up_requested  boolean NOT NULL DEFAULT false,
    pause_requested    boolean NOT NULL DEFAULT false,
    last_error         text,
    retry_policy       jsonb,
    start_at           timestamptz,
    recent_outcomes    text NOT NULL DEFAULT '' CHECK (length(recent_outcomes) <= 50),
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
    status          text NOT NULL DEFAULT 'queued'
                    CHECK (status IN ('queued', 'dialing', 'calling', 'completed', 'failed', 'cancelled')),
    attempts        smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    due_at          timestamptz NOT NULL DEFAULT now(),
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
    CONSTRAINT calling_has_a_sid CHECK (status <> 'calling' OR twilio_call_sid IS NOT NULL)
);
COMMENT ON TABLE outbound_call_jobs IS 'One lead in one run';
COMMENT ON COLUMN outbound_call_jobs.due_at IS 'Not before this; also the order within the run';
COMMENT ON COLUMN outbound_call_jobs.dial_lock_token IS 'Minted by the claim; only its holder may record what came of the dial';
COMMENT ON COLUMN outbound_call_jobs.cancel_requested IS 'A person''s wish, held by the next claim from its commit on';
COMMENT ON COLUMN outbound_call_jobs.attempts IS 'Calls that could have made a phone ring';

-- A job's run and its lead are its own business's. Two foreign keys would say the same, one row after the other, and take
-- twice as long as the whole insert of a run of 100,000; no service may delete a run or a lead, or change their ids, so
-- one look at what was added is as strong.
CREATE FUNCTION outbound_call_jobs_belong() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT business_id, run_id FROM added) a
               LEFT JOIN outbound_call_runs r ON r.business_id = a.business_id AND r.id = a.run_id
               WHERE r.id IS NULL) THEN
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
CREATE INDEX outbound_call_jobs_due ON outbound_call_jobs (run_id, due_at, id) WHERE status = 'queued';
CREATE INDEX outbound_call_jobs_to_cancel ON outbound_call_jobs (business_id, run_id) WHERE cancel_requested AND status = 'queued';

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
    direction             text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    status                text NOT NULL CHECK (status IN ('initiated', 'ringing', 'in-progress',
                                                          'completed', 'busy', 'no-answer', 'failed', 'canceled')),
    dial_state            text NOT NULL DEFAULT 'planned'
                          CHECK (dial_state IN ('planned', 'accepted', 'rejected', 'unknown', 'absent')),
    line_outbound         smallint,
    line_total            smallint NOT NULL,
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
    duration              integer CHECK (duration >= 0),
    recording_url         text,
    recording_sid         text,
    transcription         text,
    final_transcript      text,
    summary               text,
    extracted_service     text,
    extracted_city        text,
    extraction_confidence double precision CHECK (extraction_confidence BETWEEN 0 AND 1),
    PRIMARY KEY (business_id, id),
    -- The lead brings the business. The job and its run need no check of their own: the statement that writes a call of a
    -- job is the one that holds the job's lock and takes it out of the queue; `callboard verify` compares them.
    FOREIGN KEY (business_id, lead_id) REFERENCES leads (tenant_id, id),
    CONSTRAINT a_job_has_a_run CHECK ((job_id IS NULL) = (run_id IS NULL)),
    CONSTRAINT ended_iff_terminal CHECK ((ended_at IS NULL) = (status IN ('initiated', 'ringing', 'in-progress'))),
    CONSTRAINT outbound_has_a_line CHECK ((direction = 'outbound') = (line_outbound IS NOT NULL)),
    CONSTRAINT accepted_has_a_sid CHECK (dial_state <> 'accepted' OR call_sid IS NOT NULL),
    CONSTRAINT open_has_a_next_look CHECK (ended_at IS NOT NULL OR reconcile_at IS NOT NULL)
);
COMMENT ON TABLE call_log IS 'One carrier call, one ring of a phone; its first state is the intent to dial, committed before the carrier is asked';
COMMENT ON COLUMN call_log.attempt_id IS 'Unguessable, minted before the carrier is asked; travels in every callback URL';
COMMENT ON COLUMN call_log.dial_state IS 'planned: intent only; accepted: the carrier gave a SID; rejected: never processed; unknown: being reconciled; absent: the carrier, asked, has no such call';
COMMENT ON COLUMN call_log.reconcile_at IS 'When the carrier is asked next if no callback has ended the call by then';
COMMENT ON COLUMN call_log.transcription IS 'As the speech server gave it';
COMMENT ON COLUMN call_log.final_transcript IS 'With speakers, as shown and classified';
-- Every index of this table is written twice for each call, so there are few: newest first is by id, a job's calls are
-- found among its lead's, a run's calls in the air among its business's.
CREATE UNIQUE INDEX call_log_attempt_id ON call_log (attempt_id);
CREATE UNIQUE INDEX call_log_call_sid_key ON call_log (call_sid) WHERE call_sid IS NOT NULL;
CREATE INDEX call_log_to_ask_about ON call_log (reconcile_at) WHERE ended_at IS NULL;
-- One phone of a business rings for one call at a time, whichever runs its lead is in.
CREATE UNIQUE INDEX call_log_one_call_per_number ON call_log (business_id, to_number)
    WHERE status IN ('initiated', 'ringing', 'in-progress') AND direction = 'outbound';
CREATE INDEX call_log_number ON call_log (business_id, to_number, created_at) WHERE direction = 'outbound';
CREATE INDEX call_log_lead ON call_log (business_id, lead_id, created_at DESC);

CREATE TABLE call_slots (
    business_id bigint NOT NULL,
    pool        text NOT NULL CHECK (pool IN ('outbound', 'total')),
    line        smallint NOT NULL CHECK (line >= 1),
    is_open     boolean NOT NULL DEFAULT true,
    attempt_id  uuid,
    taken_at    timestamptz,
    PRIMARY KEY (business_id, pool, line),
    CONSTRAINT taken_iff_held CHECK ((attempt_id IS NULL) = (taken_at IS NULL))
) WITH (fillfactor = 50);
COMMENT ON TABLE call_slots IS 'The right of a business to have one more call in the air: one row per line, held by at most one call';
COMMENT ON COLUMN call_slots.pool IS 'An outbound call holds one line of each pool, an inbound call one of total';
COMMENT ON COLUMN call_slots.is_open IS 'False once the limit was lowered below this line; a call that holds it may end in peace';

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
    INSERT INTO call_slots (business_id, pool, line)
    SELECT NEW.business_id, 'outbound', n FROM generate_series(1, NEW.max_outbound) AS n
    UNION ALL
    SELECT NEW.business_id, 'total', n FROM generate_series(1, NEW.max_total) AS n
    ON CONFLICT DO NOTHING;
    UPDATE call_slots SET is_open = (line <= CASE pool WHEN 'outbound' THEN NEW.max_outbound ELSE NEW.max_total END)
    WHERE business_id = NEW.business_id
      AND is_open <> (line <= CASE pool WHEN 'outbound' THEN NEW.max_outbound ELSE NEW.max_total END);
    RETURN NULL;
END
$$;
CREATE TRIGGER call_slots_follow_limits AFTER INSERT OR UPDATE OF max_outbound, max_total ON business_settings
    FOR EACH ROW EXECUTE FUNCTION call_slots_follow_limits();

-- A line is taken only while it is open and free: one more than the limit cannot be stored, whoever writes.
CREATE FUNCTION call_slots_refuse_second_holder() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'line % of pool % of business % is % and cannot be taken', OLD.line, OLD.pool, OLD.business_id,
        CASE WHEN OLD.is_open THEN 'held' ELSE 'closed' END
        USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'call_slots_one_holder';
END
$$;
CREATE TRIGGER call_slots_one_holder BEFORE UPDATE OF attempt_id ON call_slots
    FOR EACH ROW
    WHEN (NEW.attempt_id IS NOT NULL AND NEW.attempt_id IS DISTINCT FROM OLD.attempt_id
          AND (OLD.attempt_id IS NOT NULL OR NOT OLD.is_open))
    EXECUTE FUNCTION call_slots_refuse_second_holder();
