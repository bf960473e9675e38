#!/usr/bin/env bash
# Holds the files of this folder against the repository, and lets what tools there are look at them. Needs no network.
set -euo pipefail
cd "$(dirname "$0")/.."

wrong=0
say() {
  echo "docker/check.sh: $*" >&2
  wrong=1
}

# The image builds with the compiler that the workspace asks for.
asked=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
used=$(sed -n 's/^ARG RUST=rust:\([0-9.]*\)-.*/\1/p' docker/Dockerfile)
[ "$asked" = "$used" ] ||
  say "docker/Dockerfile builds with Rust $used, and Cargo.toml asks for $asked: bring them together"

# Pages that say what a build needs say the same, of Node, too.
node=$(sed -n 's/^ *"node": ">=\(.*\)"$/\1/p' server/web/package.json)
for page in README.md docs/installation.md docs/contributing.md; do
  grep -qF "Rust $asked and Node $node, or newer ones" "$page" ||
    say "$page does not say that Rust $asked and Node $node, or newer ones, build it"
done

# Whatever stands in the repository's root is sent to the build, or is known not to be needed there.
unneeded=" .ci .gitignore CONTRIBUTING.md Makefile README.md clippy.toml deny.toml docker docs rustfmt.toml "
for name in $(git ls-files | cut -d / -f 1 | sort -u); do
  grep -qxF "!$name" docker/Dockerfile.dockerignore || [[ $unneeded = *" $name "* ]] ||
    say "$name is not sent to the build: name it in docker/Dockerfile.dockerignore if cargo needs it, in docker/check.sh if not"
done

# Settings, options and numbers that are named here are ones that there are.
docker/names.py || wrong=1

# The tools that `make test` brings stand beside its Python.
python=${PULSE_PYTHON:-python3}
command -v "$python" >/dev/null || python=python3
PATH=$(dirname "$(command -v "$python")"):$PATH

# What no tool here looked at is told at the end.
unseen=()
sees() {
  command -v "$1" >/dev/null || {
    unseen+=("$2: $1 is not here ($3)")
    return 1
  }
}

if "$python" -c 'import yaml' 2>/dev/null; then
  git ls-files --cached --others --exclude-standard 'docker/*.yaml' 'docker/*.yml' | "$python" -c '
import sys, yaml
for name in sys.stdin.read().split():
    with open(name) as file:
        list(yaml.safe_load_all(file))' || say "a file above is no YAML"
else
  unseen+=("that files are YAML: $python has no PyYAML (make test brings one)")
fi

if sees hadolint "the Dockerfile's style" "make test brings it"; then
  hadolint docker/Dockerfile || wrong=1
fi

if sees shellcheck "scripts" "make test brings it"; then
  shellcheck docker/*.sh docker/*/*.sh || wrong=1
fi

if "$python" -c 'import compose_spec' 2>/dev/null; then
  "$python" docker/compose.py docker/compose*.yaml || wrong=1
else
  unseen+=("compose files against Compose's specification: $python has no compose-spec (make test brings it)")
fi
if docker compose version >/dev/null 2>&1; then
  for file in docker/compose*.yaml; do
    docker compose --file "$file" config --quiet || wrong=1
  done
else
  unseen+=("compose files by Docker itself: \`docker compose\` is not here")
fi

if sees promtool "Prometheus' rules and configurations" "apt install prometheus"; then
  promtool check config docker/prometheus/*.yml >/dev/null || wrong=1
  promtool test rules docker/prometheus/alerts_test.yaml >/dev/null || wrong=1
fi

if sees haproxy "the balancer's configuration" "apt install haproxy"; then
  # With a certificate of nobody's, and addresses that a name is not looked up for.
  made=$(mktemp -d)
  trap 'rm -rf "$made"' EXIT
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout "$made/key" -out "$made/tls" 2>/dev/null
  cat "$made/key" >>"$made/tls"
  sed -e "s#/run/secrets/tls#$made/tls#; s#api-[12]:78#127.0.0.1:78#" docker/haproxy/haproxy.cfg >"$made/cfg"
  haproxy -c -q -f "$made/cfg" || wrong=1
fi

if sees kubectl "that manifests fit together" "Kubernetes' client"; then
  kubectl kustomize docker/kubernetes >/dev/null || wrong=1
fi

if sees kubernetes-validate "manifests against Kubernetes' schemas" "make test brings it"; then
  kubernetes-validate --strict --quiet docker/kubernetes/[!k]*.yaml || wrong=1
fi

if sees systemd-analyze "units" "apt install systemd"; then
  units=$(mktemp -d)
  # The program is not installed here, so another stands for it.
  for unit in docker/systemd/*; do
    sed 's#/usr/local/bin/pulse#/bin/true#' "$unit" >"$units/${unit##*/}"
  done
  systemd-analyze verify --man=no "$units"/* || wrong=1
  rm -rf "$units"
  docker/units.py || wrong=1
fi

for line in "${unseen[@]}"; do
  echo "docker/check.sh: not looked at: $line" >&2
done
exit "$wrong"
