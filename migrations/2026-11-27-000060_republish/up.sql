-- What a queue held can be lost with it. The outbox still has it: an operator marks published events as unpublished, and the
-- relays publish them again.
GRANT UPDATE (claimed_until, published_at) ON outbox_events TO callboard_operator;
