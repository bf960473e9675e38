#!/usr/bin/env bash
# Brings what runs by docker/compose.production.yaml to the version that stands here, one process after the other: no request is lost.
set -euo pipefail
cd "$(dirname "$0")/.."

compose() { docker compose --file docker/compose.production.yaml "$@"; }

# Says how a process stands to the balancer: `drain` sends it nothing more, and lets what it has come to its end.
balance() {
  # shellcheck disable=SC2016 # The container's shell is to read it.
  compose exec -T balancer bash -c \
    'for door in api flight; do exec 3<>/dev/tcp/127.0.0.1/8404; echo "set server $door/$1 state $2" >&3; cat <&3; done' - "$1" "$2"
}

compose build --pull api-1
for one in api-1 api-2; do
  balance "$one" drain
  sleep 5
  compose up --detach --no-deps --wait "$one"
  balance "$one" ready
  # The balancer looks every two seconds.
  sleep 5
done
# What they are at goes back to the queue.
compose up --detach --no-deps --wait worker
