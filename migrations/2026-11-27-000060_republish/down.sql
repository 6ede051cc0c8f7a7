REVOKE UPDATE (claimed_until, published_at) ON outbox_events FROM callboard_operator;
