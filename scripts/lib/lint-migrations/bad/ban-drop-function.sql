SET LOCAL lock_timeout = '5s';
DROP FUNCTION prune_inbox;
