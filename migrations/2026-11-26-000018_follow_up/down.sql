ALTER TABLE leads DROP COLUMN follow_up_said_at;
ALTER TABLE conversations DROP COLUMN follow_up_at;
