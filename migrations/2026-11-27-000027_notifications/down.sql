DROP FUNCTION release_push_endpoint, due_pushes, due_mail_digests;
DROP TABLE mail_refusals, mail_digests, push_deliveries, push_subscriptions, notification_preferences;
ALTER TABLE sessions DROP CONSTRAINT sessions_of_business;
DROP INDEX notifications_of_user;
ALTER TABLE notifications DROP COLUMN facts;
