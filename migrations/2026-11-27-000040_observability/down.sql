DROP FUNCTION conversations_backlog, prune_trace_contexts;
DROP TABLE trace_contexts;
