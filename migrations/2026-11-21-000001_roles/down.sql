-- The roles stay: they belong to the cluster, and another database may use them.
DROP FUNCTION app_business_id();
