#!/usr/bin/env bash
# Run once by PostgreSQL's image on an empty volume: a role per service, as the first migration makes them, and a login of
# that role only. What the roles may do is what the migrations grant.
set -euo pipefail

login() {
    psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --quiet \
        --set role="callboard_$1" --set login="$1" --set password="$2" <<'SQL'
CREATE ROLE :"role" NOLOGIN NOSUPERUSER NOBYPASSRLS;
CREATE ROLE :"login" LOGIN PASSWORD :'password' IN ROLE :"role";
SQL
}

login api_gateway "$API_GATEWAY_PASSWORD"
login dialer "$DIALER_PASSWORD"
login recording_processor "$RECORDING_PROCESSOR_PASSWORD"
login status_engine "$STATUS_ENGINE_PASSWORD"
login operator "$OPERATOR_PASSWORD"
