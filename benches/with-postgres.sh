#!/bin/bash
# Runs a command with the DATABASE_URL of an empty PostgreSQL server of its own, which ends with it.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
folder=$(mktemp -d)
as=()
# PostgreSQL refuses to be run by root.
if [ "$(id -u)" = 0 ]; then
  chown nobody "$folder"
  as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
ends() {
  "${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null || true
  rm -rf "$folder"
}
trap ends EXIT
cd "$folder"
port=$((20000 + RANDOM % 20000))
"${as[@]}" "$bin/initdb" -D "$folder/data" -U pulse --auth=trust >/dev/null
"${as[@]}" "$bin/pg_ctl" -w -D "$folder/data" -l "$folder/log" -o "-p $port -k $folder -c listen_addresses=127.0.0.1" start >/dev/null
cd - >/dev/null
DATABASE_URL="postgres://pulse@127.0.0.1:$port/postgres" "$@"
