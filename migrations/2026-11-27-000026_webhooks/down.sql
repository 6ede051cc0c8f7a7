DROP FUNCTION webhook_backlog, prune_webhook_deliveries, claim_webhook_deliveries;
DROP TABLE webhook_endpoint_changes, webhook_deliveries, webhook_secrets, webhook_endpoints;
