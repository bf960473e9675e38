#!/usr/bin/env bash
# Run once, when the database is made: lets the replica follow. What it has not taken yet is kept for it.
set -euo pipefail

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  --set password="$(</run/secrets/replication_password)" <<'EOS'
SET password_encryption = 'scram-sha-256';
CREATE ROLE replication WITH LOGIN REPLICATION PASSWORD :'password';
SELECT pg_create_physical_replication_slot('replica');
EOS
# From the networks of the container alone.
echo "host replication replication samenet scram-sha-256" >>"$PGDATA/pg_hba.conf"
