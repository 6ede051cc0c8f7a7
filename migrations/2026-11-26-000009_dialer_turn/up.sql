-- One turn of the dialer: what was heard of calls frees their lines, what waits takes them, in one statement and so in one
-- journey to the database and one commit. The rules are not here: what a report makes of a call is folded by the dialer
-- over the call as it knows it, and comes with the revision that it was folded over; hours are read by the dialer too, and
-- come with the version of the settings that they were read from.

-- A call as it is to be, what its end means for its job, and what it was folded over.
CREATE TYPE turn_call AS (
    business_id bigint, id bigint, revision integer, attempt_id uuid, call_sid text, dial_state text, status text,
    answered_by text, answered_at timestamptz, duration integer, error_code integer, error_message text, ended boolean,
    reconcile_at timestamptz,
    -- Where it was made, and of what.
    inbound boolean, run_id bigint, job_id bigint, lock_token uuid,
    -- Its job: null when nothing changes for it; `job_otherwise` when its run does not dial any more.
    job_status text, job_otherwise text, job_outcome text, job_due_at timestamptz, job_deferred_by text,
    job_spent smallint, letter text,
    -- Whether the carrier had to be asked.
    asked boolean
);

-- What holds for a business that may be served now. A claim that finds other settings than these serves it not.
CREATE TYPE turn_rule AS (
    business_id bigint, settings_version bigint,
    -- Calls to a person: since when the last one is too young and how long it stays so, and how many a day may hold.
    gap_began timestamptz, gap interval, day_began timestamptz, day_ends timestamptz, calls_per_day smallint,
    freed smallint[], -- the lines that this turn frees; null when any line may be free and all are to be looked at
    closed_zones text[], zones_open_at timestamptz[] -- of persons: where they must not be called now, and when they may
);

CREATE TYPE turn_event AS (business_id bigint, id uuid, type text, body text);

-- `is_unusual` says that the carrier was asked about one of the calls, or that an inbound one is among them.
--
-- `woken` are businesses whose lines may be free: their runs' locks are waited for, because whoever holds one may have
-- looked before the line was. Those that a sweep came by (`swept`) are passed over when they are locked. The account's pace
-- (see carrier_pace) is null for none.
--
-- Locks are taken in one order: runs by their ids, calls, lines, jobs. Whoever was not up to date is refused
-- (serialization_failure), reads again and comes back.
CREATE FUNCTION dialer_turn(
    calls turn_call[], woken bigint[], swept bigint[], rules turn_rule[], events turn_event[],
    heard_business bigint[], heard_event uuid[], is_unusual boolean,
    pace_account text, pace_interval double precision, pace_tolerance double precision,
    service text, worker text, now_is timestamptz, mine_until timestamptz,
    -- What is to be dialled.
    OUT claim_business bigint[], OUT claim_call bigint[], OUT claim_attempt uuid[], OUT claim_token uuid[],
    OUT claim_job bigint[], OUT claim_run bigint[], OUT claim_lead bigint[], OUT claim_line smallint[],
    OUT claim_to text[], OUT claim_from text[], OUT claim_number smallint[],
    -- Runs whose counters changed.
    OUT run_business bigint[], OUT run_id bigint[], OUT run_status text[], OUT run_left integer[],
    OUT run_outcomes text[],
    -- Businesses whose settings are of another version; those that may have more to claim: jobs of theirs were put aside, so
    -- that others may be next, or they took all that one may take in a turn.
    OUT stale_business bigint[], OUT unfinished_business bigint[],
    -- Seconds until the account may create one more call, when its pace kept something back.
    OUT wait_seconds double precision
)
    LANGUAGE plpgsql
    AS $$
#variable_conflict use_column
DECLARE
    -- Runs that were locked, and those of them that still dial.
    locked bigint[];
    live bigint[];
    affected bigint;
    -- Calls that may begin: enough to share a commit among many, few enough that nobody waits long for it.
    allowed bigint := 1000;
    early double precision;
    -- How many of one business at most, so that nobody looks at more lines and jobs than can be taken.
    share bigint;
    -- Jobs that left the air, and how many of each run.
    gone jsonb;
    left_run bigint[]; left_status text[]; left_letter text[];
    -- Jobs that a gate keeps back.
    kept_business bigint[]; kept_job bigint[]; kept_verdict text[];
    -- Runs that were looked at: where the next look begins, and how many jobs have their first turn.
    looked_run bigint[]; looked_next bigint[]; looked_first int[];
BEGIN
    -- 1. The runs.
    IF woken <> '{}' THEN
        SELECT array_agg(id), array_agg(id) FILTER (WHERE dials) INTO locked, live FROM (
            SELECT r.id, NOT r.cancel_requested AS dials FROM outbound_call_runs r
            WHERE r.business_id = ANY (woken) AND r.status IN ('pending', 'running', 'paused')
            ORDER BY r.id FOR UPDATE) r;
    END IF;
    IF swept <> '{}' THEN
        SELECT locked || array_agg(id) INTO locked FROM (
            SELECT r.id FROM outbound_call_runs r
            WHERE r.business_id = ANY (swept) AND r.status = 'running' AND r.status IN ('pending', 'running', 'paused')
            ORDER BY r.id FOR UPDATE SKIP LOCKED) r;
    END IF;

    -- 2. What was heard. An end is stamped by the database's clock before its line is free, a start after the runs are
    -- locked: so the history itself shows that no line ever carried two calls.
    IF calls <> '{}' THEN
        UPDATE call_log c
        SET revision = c.revision + 1, call_sid = t.call_sid, dial_state = t.dial_state, status = t.status,
            answered_by = t.answered_by, answered_at = t.answered_at, duration = t.duration,
            error_code = coalesce(t.error_code, c.error_code),
            error_message = coalesce(t.error_message, c.error_message),
            ended_at = CASE WHEN t.ended THEN clock_timestamp() ELSE c.ended_at END,
            reconcile_at = CASE WHEN t.ended THEN NULL ELSE coalesce(t.reconcile_at, c.reconcile_at) END
        FROM unnest(calls) AS t
        WHERE c.attempt_id = t.attempt_id AND c.revision = t.revision;
        GET DIAGNOSTICS affected = ROW_COUNT;
        IF affected <> cardinality(calls) THEN
            RAISE EXCEPTION 'a call has moved on since it was read' USING ERRCODE = 'serialization_failure';
        END IF;
        WITH job AS (
            UPDATE outbound_call_jobs j
            SET status = CASE WHEN t.job_status = 'queued' AND (t.run_id = ANY (live)) IS NOT TRUE THEN t.job_otherwise
                              ELSE t.job_status END,
                attempts = j.attempts + t.job_spent, twilio_call_sid = t.call_sid,
                outcome = coalesce(t.job_outcome, j.outcome),
                error_message = CASE WHEN t.ended THEN t.error_message ELSE j.error_message END,
                due_at = CASE WHEN t.job_status = 'queued' AND t.run_id = ANY (live) THEN t.job_due_at END,
                deferred_by = CASE WHEN t.job_status = 'queued' AND t.run_id = ANY (live) THEN t.job_deferred_by END,
                dial_lock_token = CASE WHEN NOT t.ended THEN j.dial_lock_token END,
                locked_by_worker = CASE WHEN NOT t.ended THEN j.locked_by_worker END,
                lock_ts = CASE WHEN NOT t.ended THEN j.lock_ts END,
                completed_at = CASE WHEN t.ended AND NOT (t.job_status = 'queued' AND (t.run_id = ANY (live)) IS TRUE)
                                    THEN now_is END
            FROM unnest(calls) AS t
            WHERE t.job_status IS NOT NULL AND j.business_id = t.business_id AND j.id = t.job_id
              AND j.dial_lock_token = t.lock_token AND j.status IN ('dialing', 'calling')
            RETURNING j.run_id, j.status, t.ended, t.letter
        )
        SELECT array_agg(run_id), array_agg(status), array_agg(letter) INTO left_run, left_status, left_letter
        FROM job WHERE ended;
        SELECT jsonb_object_agg(id, n) INTO gone FROM (SELECT id, count(*) AS n FROM unnest(left_run) AS u (id) GROUP BY id) l;
        IF is_unusual THEN
            INSERT INTO call_reconciliations (business_id, attempt_id, dial_state, status, at)
            SELECT t.business_id, t.attempt_id, t.dial_state, t.status, now_is FROM unnest(calls) AS t WHERE t.asked;
            PERFORM call_slots_make_room(t.business_id)
            FROM (SELECT DISTINCT t.business_id FROM unnest(calls) AS t WHERE t.inbound AND t.ended) t;
        END IF;
    END IF;

    -- 3. Who is next. Each job that could be is shown to the gates, in their order; what one of them stops is put aside
    -- until it opens (or leaves the queue, when it never will), so that nobody walks past it again.
    IF rules <> '{}' AND locked IS NOT NULL THEN
        IF pace_account IS NOT NULL THEN
            INSERT INTO carrier_pace AS p (account, next_at) VALUES (pace_account, clock_timestamp())
            ON CONFLICT (account) DO UPDATE SET next_at = p.next_at
            RETURNING extract(epoch FROM next_at - clock_timestamp()) INTO early;
            allowed := least(allowed, greatest(0, floor((pace_tolerance - greatest(early, 0)) / pace_interval) + 1));
        END IF;
        share := greatest(20, allowed / cardinality(rules));
        -- OFFSET 0 and LIMIT 1 keep the planner from asking a gate once for each place where its answer is used, and from
        -- beginning at another end than the few businesses that are served.
        WITH seen AS MATERIALIZED (
            SELECT s.*, CASE WHEN verdict IS NULL THEN
                       lines[row_number() OVER (PARTITION BY business_id, verdict IS NULL
                                                ORDER BY priority DESC, run_id, fresh, due_at, job_id)] END AS line
            FROM (
                SELECT r.business_id, r.id AS run_id, r.kind, r.priority, r.lock_ts AS served_at, s.caller_number, n.lines,
                       j.id AS job_id, j.lead_id, j.attempts, j.fresh, j.due_at, l.to_number, l.verdict
                FROM unnest(rules) b
                CROSS JOIN LATERAL (
                    SELECT s.caller_number FROM business_settings s
                    WHERE s.business_id = b.business_id AND s.version = b.settings_version
                      AND s.caller_number IS NOT NULL LIMIT 1) s
                CROSS JOIN LATERAL (
                    SELECT * FROM outbound_call_runs r
                    WHERE r.business_id = b.business_id AND r.status IN ('pending', 'running', 'paused')
                      AND r.status = 'running' AND NOT r.cancel_requested AND NOT r.pause_requested
                      AND (swept = '{}' OR r.id = ANY (locked)) OFFSET 0) r
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN b.freed IS NOT NULL THEN
                        ARRAY(SELECT l.line FROM call_slots l
                              WHERE l.business_id = b.business_id AND l.line = ANY (b.freed) AND l.is_open
                                AND l.serves_outbound)
                    ELSE
                        ARRAY(SELECT l.line FROM call_slots l
                              WHERE l.business_id = b.business_id AND l.is_open AND l.serves_outbound
                                AND (SELECT true FROM call_log c WHERE c.business_id = l.business_id AND c.line = l.line
                                     AND c.ended_at IS NULL LIMIT 1) IS NULL
                              ORDER BY l.line LIMIT share)
                    END AS lines OFFSET 0) n
                CROSS JOIN LATERAL (
                    (SELECT j.id, j.lead_id, j.attempts, false AS fresh, j.due_at
                     FROM outbound_call_jobs j
                     WHERE j.run_id = r.id AND j.business_id = r.business_id AND j.due_at <= now_is
                       AND NOT j.cancel_requested
                     ORDER BY j.due_at, j.id)
                    UNION ALL
                    (SELECT j.id, j.lead_id, j.attempts, true, NULL
                     FROM outbound_call_jobs j
                     WHERE j.business_id = r.business_id AND j.id BETWEEN r.next_job_id AND r.last_job_id
                       AND j.run_id = r.id AND j.status = 'queued' AND j.due_at IS NULL AND NOT j.cancel_requested
                     ORDER BY j.id)
                    LIMIT least(r.concurrency - r.in_progress_count + coalesce((gone ->> r.id::text)::int, 0),
                                cardinality(n.lines))) j
                CROSS JOIN LATERAL (
                    SELECT l.phone_e164 AS to_number,
                           CASE WHEN l.deleted_at IS NOT NULL THEN 'deleted'
                                WHEN l.phone_e164 IS NULL THEN 'no_phone_number'
                                WHEN (SELECT true FROM suppressions s WHERE s.business_id = l.tenant_id
                                      AND s.phone_e164 = l.phone_e164 AND s.lifted_at IS NULL LIMIT 1) THEN 'suppressed'
                                WHEN coalesce(l.time_zone, l.phone_zone) = ANY (b.closed_zones) THEN 'calling_window'
                                WHEN (SELECT true FROM call_log c WHERE c.business_id = l.tenant_id
                                      AND c.to_number = l.phone_e164 AND c.direction = 'outbound'
                                      AND c.ended_at IS NULL LIMIT 1) THEN 'in_a_call'
                                WHEN b.gap_began IS NOT NULL OR b.calls_per_day IS NOT NULL
                                    THEN turn_keeps_back(l.tenant_id, l.phone_e164, b.gap_began, b.day_began,
                                                         b.calls_per_day)
                                END AS verdict
                    FROM leads l WHERE l.tenant_id = r.business_id AND l.id = j.lead_id LIMIT 1) l
                OFFSET 0) s
        ), intent AS (
            INSERT INTO call_log (business_id, attempt_id, lead_id, run_id, job_id, from_number, to_number, direction,
                                  status, dial_state, line, attempt_number, lock_token, locked_by_worker, reconcile_at,
                                  created_at)
            SELECT business_id, gen_random_uuid(), lead_id, run_id, job_id, caller_number, to_number, 'outbound',
                   'initiated', 'planned', line, attempts + 1, gen_random_uuid(), worker, mine_until,
                   clock_timestamp()
            FROM seen WHERE line IS NOT NULL
            ORDER BY kind = 'direct' DESC, served_at NULLS FIRST, business_id, line
            LIMIT allowed
            RETURNING business_id, id, attempt_id, lock_token, job_id, run_id, lead_id, line, to_number, from_number,
                      attempt_number
        )
        SELECT c.*, n.*
        INTO claim_business, claim_call, claim_attempt, claim_token, claim_job, claim_run, claim_lead, claim_line,
             claim_to, claim_from, claim_number, kept_business, kept_job, kept_verdict
        FROM (SELECT array_agg(business_id), array_agg(id), array_agg(attempt_id), array_agg(lock_token),
                     array_agg(job_id), array_agg(run_id), array_agg(lead_id), array_agg(line), array_agg(to_number),
                     array_agg(from_number), array_agg(attempt_number) FROM intent) c,
             (SELECT array_agg(business_id) FILTER (WHERE verdict IS NOT NULL),
                     array_agg(job_id) FILTER (WHERE verdict IS NOT NULL),
                     array_agg(verdict) FILTER (WHERE verdict IS NOT NULL) FROM seen) n;
    END IF;
    IF claim_call IS NOT NULL THEN
        WITH job AS (
            UPDATE outbound_call_jobs j
            SET status = 'dialing', dial_lock_token = c.token, dial_started_at = now_is, locked_by_worker = worker,
                lock_ts = now_is, twilio_call_sid = NULL, started_at = coalesce(j.started_at, now_is), due_at = NULL,
                deferred_by = NULL, dials = j.dials + 1
            FROM unnest(claim_business, claim_job, claim_token) AS c (business_id, id, token)
            WHERE j.business_id = c.business_id AND j.id = c.id AND j.status = 'queued' AND NOT j.cancel_requested
            RETURNING j.id, j.run_id, j.dials
        )
        SELECT array_agg(run_id), array_agg(next), array_agg(first), sum(n) INTO looked_run, looked_next, looked_first, affected
        FROM (SELECT run_id, max(id) FILTER (WHERE dials = 1) + 1 AS next, (count(*) FILTER (WHERE dials = 1))::int AS first,
                     count(*) AS n FROM job GROUP BY run_id) g;
        IF affected <> cardinality(claim_call) THEN
            RAISE EXCEPTION 'a job has left the queue since it was seen' USING ERRCODE = 'serialization_failure';
        END IF;
        IF pace_account IS NOT NULL THEN
            UPDATE carrier_pace
            SET next_at = greatest(next_at, clock_timestamp()) + make_interval(secs => pace_interval * affected)
            WHERE account = pace_account
            RETURNING extract(epoch FROM next_at - clock_timestamp()) INTO early;
        END IF;
    END IF;
    IF pace_account IS NOT NULL AND allowed <= coalesce(cardinality(claim_call), 0) THEN
        wait_seconds := greatest(0, early - pace_tolerance);
    END IF;
    IF rules <> '{}' AND coalesce(cardinality(claim_call), 0) < cardinality(rules) THEN
        SELECT array_agg(b.business_id) INTO stale_business
        FROM unnest(rules) b JOIN business_settings s USING (business_id) WHERE s.version <> b.settings_version;
    END IF;
    IF kept_job IS NOT NULL THEN
        PERFORM turn_put_aside(kept_business, kept_job, kept_verdict, rules, now_is);
        unfinished_business := ARRAY(SELECT DISTINCT unnest(kept_business));
    END IF;
    IF cardinality(claim_business) >= share THEN
        unfinished_business := unfinished_business || ARRAY(
            SELECT id FROM unnest(claim_business) AS u (id) GROUP BY id HAVING count(*) >= share);
    END IF;

    -- 4. What that makes of the runs.
    IF left_run IS NOT NULL OR looked_run IS NOT NULL THEN
        WITH run AS (
            UPDATE outbound_call_runs r
            SET in_progress_count = r.in_progress_count - n.gone + n.claimed,
                queued_count = r.queued_count + n.requeued - n.claimed,
                completed_count = r.completed_count + n.completed, failed_count = r.failed_count + n.failed,
                cancelled_count = r.cancelled_count + n.cancelled,
                cursor_position = r.cursor_position + n.first,
                next_job_id = coalesce(n.next, r.next_job_id),
                locked_by_worker = CASE WHEN n.claimed > 0 THEN worker ELSE r.locked_by_worker END,
                lock_ts = CASE WHEN n.claimed > 0 THEN now_is ELSE r.lock_ts END,
                recent_outcomes = right(r.recent_outcomes || coalesce(n.letters, ''), 50), progress_waits = true
            FROM (SELECT id, count(status)::int AS gone,
                         count(*) FILTER (WHERE status = 'queued')::int AS requeued,
                         count(*) FILTER (WHERE status = 'completed')::int AS completed,
                         count(*) FILTER (WHERE status = 'failed')::int AS failed,
                         count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled,
                         string_agg(letter, '') AS letters, sum(claimed)::int AS claimed, sum(first)::int AS first,
                         max(next) AS next
                  FROM (SELECT id, status, letter, 0 AS claimed, 0 AS first, NULL::bigint AS next
                        FROM unnest(left_run, left_status, left_letter) AS u (id, status, letter)
                        UNION ALL SELECT u, NULL, NULL, 1, 0, NULL FROM unnest(claim_run) AS u
                        UNION ALL SELECT id, NULL, NULL, 0, first, next
                                  FROM unnest(looked_run, looked_first, looked_next) AS u (id, first, next)) changes
                  GROUP BY id) n
            WHERE r.id = n.id
            RETURNING r.business_id, r.id, r.status, r.queued_count + r.in_progress_count AS jobs, r.recent_outcomes
        )
        SELECT array_agg(business_id), array_agg(id), array_agg(status), array_agg(jobs),
               array_agg(recent_outcomes)
        INTO run_business, run_id, run_status, run_left, run_outcomes FROM run;
    END IF;

    -- 5. What others are to hear of it.
    IF heard_event <> '{}' THEN
        INSERT INTO inbox_events (business_id, consumer, event_id)
        SELECT u.business_id, service, u.event_id FROM unnest(heard_business, heard_event) AS u (business_id, event_id)
        ON CONFLICT DO NOTHING;
    END IF;
    IF events <> '{}' THEN
        INSERT INTO outbox_events (business_id, event_id, type, body)
        SELECT u.business_id, u.id, u.type, u.body::jsonb FROM unnest(events) AS u;
    END IF;
END
$$;

-- What holds this job back among the rules that not every business has; null when nothing does.
CREATE FUNCTION turn_keeps_back(
    of_business bigint, number text, gap_began timestamptz, day_began timestamptz, calls_per_day smallint
) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF gap_began IS NOT NULL AND EXISTS (
        SELECT FROM call_log c WHERE c.business_id = of_business AND c.to_number = number AND c.direction = 'outbound'
        AND c.dial_state NOT IN ('rejected', 'absent') AND c.created_at > gap_began) THEN
        RETURN 'gap';
    END IF;
    IF calls_per_day <= (
        SELECT count(*) FROM call_log c WHERE c.business_id = of_business AND c.to_number = number
        AND c.direction = 'outbound' AND c.dial_state NOT IN ('rejected', 'absent') AND c.created_at >= day_began) THEN
        RETURN 'daily_cap';
    END IF;
    RETURN NULL;
END
$$;

-- Puts jobs aside until the gate that keeps them back opens, and takes those out of the queue that it never lets through.
CREATE FUNCTION turn_put_aside(
    businesses bigint[], jobs bigint[], verdicts text[], rules turn_rule[], now_is timestamptz
) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH job AS (
        UPDATE outbound_call_jobs j
        SET status = CASE WHEN k.until IS NULL THEN 'cancelled' ELSE j.status END,
            error_message = CASE k.verdict WHEN 'deleted' THEN 'lead was deleted'
                                           WHEN 'no_phone_number' THEN 'lead has no phone number'
                                           WHEN 'suppressed' THEN 'number is suppressed' ELSE j.error_message END,
            completed_at = CASE WHEN k.until IS NULL THEN now_is END,
            due_at = CASE WHEN k.until IS NOT NULL THEN greatest(k.until, now_is + interval '1 second') END,
            deferred_by = CASE WHEN k.until IS NOT NULL THEN k.verdict END
        FROM (SELECT u.business_id, u.id, u.verdict,
                     CASE u.verdict
                         WHEN 'in_a_call' THEN now_is + interval '5 seconds'
                         WHEN 'calling_window' THEN
                             r.zones_open_at[array_position(r.closed_zones, coalesce(l.time_zone, l.phone_zone))]
                         WHEN 'gap' THEN r.gap + (
                             SELECT max(c.created_at) FROM call_log c WHERE c.business_id = u.business_id
                             AND c.to_number = l.phone_e164 AND c.direction = 'outbound'
                             AND c.dial_state NOT IN ('rejected', 'absent'))
                         WHEN 'daily_cap' THEN r.day_ends END AS until
              FROM unnest(businesses, jobs, verdicts) AS u (business_id, id, verdict)
              JOIN unnest(rules) AS r ON r.business_id = u.business_id
              JOIN outbound_call_jobs j ON j.business_id = u.business_id AND j.id = u.id
              JOIN leads l ON l.tenant_id = j.business_id AND l.id = j.lead_id) k
        WHERE j.business_id = k.business_id AND j.id = k.id AND j.status = 'queued'
        RETURNING j.business_id, j.run_id, j.status = 'cancelled' AS is_out
    )
    UPDATE outbound_call_runs r
    SET queued_count = r.queued_count - n.dropped, cancelled_count = r.cancelled_count + n.dropped, progress_waits = true
    FROM (SELECT run_id, count(*) FILTER (WHERE is_out)::int AS dropped FROM job GROUP BY run_id) n
    WHERE r.id = n.run_id;
    -- A statement of its own, which sees what the one before did.
    UPDATE outbound_call_runs r
    SET next_job_id = coalesce((SELECT min(j.id) FROM outbound_call_jobs j
                                WHERE j.business_id = r.business_id AND j.id BETWEEN r.next_job_id AND r.last_job_id
                                  AND j.run_id = r.id AND j.status = 'queued' AND j.due_at IS NULL), r.last_job_id + 1)
    WHERE r.id IN (SELECT j.run_id FROM unnest(businesses, jobs) AS u (business_id, id)
                   JOIN outbound_call_jobs j USING (business_id, id));
END
$$;

-- An inbound call takes a line that serves outbound ones only when no other is free. Once another is, it moves there, so
-- that the business can have all its outbound calls again.
CREATE FUNCTION call_slots_make_room(of_business bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    moved bigint; to_line smallint;
BEGIN
    LOOP
        SELECT c.id INTO moved FROM call_log c
        JOIN call_slots s ON s.business_id = c.business_id AND s.line = c.line AND s.serves_outbound
        WHERE c.business_id = of_business AND c.ended_at IS NULL AND c.direction = 'inbound' ORDER BY c.line LIMIT 1;
        SELECT s.line INTO to_line FROM call_slots s
        WHERE s.business_id = of_business AND s.is_open AND NOT s.serves_outbound
          AND NOT EXISTS (SELECT FROM call_log c WHERE c.business_id = s.business_id AND c.line = s.line
                          AND c.ended_at IS NULL)
        ORDER BY s.line LIMIT 1;
        EXIT WHEN moved IS NULL OR to_line IS NULL;
        UPDATE call_log SET line = to_line, revision = revision + 1 WHERE business_id = of_business AND id = moved;
    END LOOP;
END
$$;
