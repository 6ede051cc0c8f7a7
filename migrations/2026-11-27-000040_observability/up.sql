-- Traces outlive requests: a call goes on from the run that asked for it, a callback from the call, a conversation from what
-- the carrier told of it. A table of its own, so that nothing is written anywhere while no traces are exported.
CREATE TABLE trace_contexts (
    business_id bigint NOT NULL REFERENCES business (id),
    subject     text NOT NULL,
    traceparent text NOT NULL CHECK (length(traceparent) = 55),
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (business_id, subject)
);
COMMENT ON TABLE trace_contexts IS 'Which trace a run, an attempt or a conversation belongs to; empty while no traces are exported';
COMMENT ON COLUMN trace_contexts.subject IS 'run:<id>, attempt:<uuid> or conversation:<source event>';
COMMENT ON COLUMN trace_contexts.traceparent IS 'W3C Trace Context of the latest span that moved it';
CREATE INDEX trace_contexts_created ON trace_contexts (created_at);

ALTER TABLE trace_contexts ENABLE ROW LEVEL SECURITY;
CREATE POLICY operator ON trace_contexts TO callboard_operator USING (true);
CREATE POLICY tenant ON trace_contexts TO callboard_api_gateway, callboard_dialer, callboard_recording_processor
    USING (business_id = app_business_id());
GRANT SELECT, INSERT, UPDATE (traceparent, created_at) ON trace_contexts
    TO callboard_api_gateway, callboard_dialer, callboard_recording_processor;
GRANT SELECT ON trace_contexts TO callboard_operator;

CREATE FUNCTION prune_trace_contexts(keep interval, most integer) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ WITH gone AS (
              DELETE FROM trace_contexts WHERE (business_id, subject) IN (
                  SELECT business_id, subject FROM trace_contexts
                  WHERE created_at < now() - keep ORDER BY created_at LIMIT most)
              RETURNING 1)
          SELECT count(*) FROM gone $$;
COMMENT ON FUNCTION prune_trace_contexts IS 'Forgets to which traces old work belonged';

-- What waits on its way to a suggestion, over all tenants. Reads what is not done only, by its index.
CREATE FUNCTION conversations_backlog(at timestamptz)
    RETURNS TABLE (state text, waiting bigint, overdue_seconds double precision)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
    AS $$ SELECT c.state, count(*), greatest(0, extract(epoch FROM at - min(c.due_at)))::double precision
          FROM conversations c WHERE c.due_at IS NOT NULL GROUP BY c.state $$;
COMMENT ON FUNCTION conversations_backlog IS 'How many conversations wait in each state, and how long the most overdue step has been due';

REVOKE EXECUTE ON FUNCTION prune_trace_contexts, conversations_backlog FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_trace_contexts
    TO callboard_api_gateway, callboard_dialer, callboard_recording_processor, callboard_status_engine;
GRANT EXECUTE ON FUNCTION conversations_backlog TO callboard_recording_processor;
