-- When somebody promised to be in touch again: kept with the conversation it was promised in, so that finding it is not done
-- twice, and on the lead. The newest word about it stands, a person's or a conversation's, in whatever order they are told.
ALTER TABLE conversations ADD COLUMN follow_up_at timestamptz;
COMMENT ON COLUMN conversations.follow_up_at IS 'When somebody promised in it to be in touch again';

ALTER TABLE leads ADD COLUMN follow_up_said_at timestamptz;
COMMENT ON COLUMN leads.follow_up_said_at IS 'When follow_up_at was last spoken of: when the conversation took place, or a person set or emptied it';
UPDATE leads SET follow_up_said_at = updated_at WHERE follow_up_at IS NOT NULL;

GRANT UPDATE (follow_up_said_at) ON leads TO callboard_api_gateway, callboard_status_engine;
