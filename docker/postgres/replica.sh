#!/usr/bin/env bash
# Follows the primary: copies it when there is nothing here yet, then takes what it writes. Read-only, and without a password of its own.
set -euo pipefail

# In memory, anew at each start, in the form that libpq reads.
passwords=/var/run/postgresql/passwords
printf '%s:*:*:replication:%s\n' "$PRIMARY" "$(</run/secrets/replication_password)" >"$passwords"
chmod 600 "$passwords"

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  # A copy that broke off has no version yet, and is of no use.
  find "$PGDATA" -mindepth 1 -delete
  pg_basebackup --dbname="host=$PRIMARY user=replication passfile=$passwords application_name=replica" \
    --pgdata="$PGDATA" --slot=replica --wal-method=stream --checkpoint=fast --write-recovery-conf
fi
exec postgres "$@"
