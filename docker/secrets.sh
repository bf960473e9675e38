#!/usr/bin/env bash
# Makes the secrets that docker/compose.production.yaml reads, in docker/secrets or the folder that is named. What is there is left.
set -euo pipefail
cd "$(dirname "$0")"
folder=${1:-secrets}

# The folder keeps everybody else of this machine out. The files are read by users of containers, who own none of them.
mkdir -p "$folder"
chmod 700 "$folder"
cd "$folder"

# Keeps standard input in a file that is not there yet.
keep() {
  [ -e "$1" ] && { cat >/dev/null; return; }
  cat >"$1.new"
  chmod 444 "$1.new"
  mv "$1.new" "$1"
  echo "made $folder/$1"
}

random() { openssl rand -hex 24; }

random | keep database_password
random | keep replication_password
printf 'postgres://pulse:%s@database/pulse\n' "$(<database_password)" | keep database_url
printf 'postgres://pulse:%s@replica/pulse\n' "$(<database_password)" | keep database_replica_url
# What seals secrets in the database. Keep a copy where no backup is: docs/backup.md.
openssl rand -base64 32 | tr '+/' '-_' | tr -d = | keep key
openssl rand -hex 10 | keep s3_access_key
random | keep s3_secret_key
keep s3_config <<EOJ
{
  "identities": [
    {
      "name": "pulse",
      "credentials": [{"accessKey": "$(<s3_access_key)", "secretKey": "$(<s3_secret_key)"}],
      "actions": ["Read:pulse", "Write:pulse", "List:pulse", "Tagging:pulse"]
    }
  ]
}
EOJ
random | keep grafana_password
# What Grafana shows Pulse, empty until there is a token for it: docs/installation.md.
keep grafana_token </dev/null
chmod u+w grafana_token

# The balancer's certificate, and the key after it, in PEM. One that it signed itself is to try with: put yours in its place.
if [ ! -e tls ]; then
  made=$(mktemp -d)
  trap 'rm -rf "$made"' EXIT
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 365 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$made/key" -out "$made/certificate" 2>/dev/null
  cat "$made/certificate" "$made/key" | keep tls
fi
