# `make help` lists what there is. Everything that a target needs, it sets up by itself, on a Debian machine with Rust and Node.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Kept between runs when it is there, never relied upon.
PULSE_CACHE ?= $(HOME)/.cache/pulse
CARGO_TARGET_DIR ?= $(PULSE_CACHE)/target
export CARGO_TARGET_DIR

# Unoptimised DataFusion plans recurse deeply: the default 2 MB of a test's thread is too little.
RUST_MIN_STACK ?= 16777216
export RUST_MIN_STACK

# Other programs' readers of Delta tables, which the tests hold our files against.
VENV := $(PULSE_CACHE)/venv
READERS := server/tests/readers/requirements.txt
PULSE_PYTHON ?= $(VENV)/bin/python
export PULSE_PYTHON

# A command that is needed, and the Debian package that brings it.
NEEDED := cc:gcc c++:g++ git:git python3:python3

PORT ?= 7878
PULSE := $(CARGO_TARGET_DIR)/release/pulse
# Repositories to measure besides this one: `make run REPO="../api ../web"`.
REPO ?=

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-8s %s\n", $$1, $$2 }'

.PHONY: run
run: packages ## Build Pulse, measure this repository and REPO=, print the report, and serve it on PORT=
	cargo build --release --workspace
	@tenant=local; \
	$(PULSE) sync . $(REPO) || true; \
	if ! $(PULSE) dora; then \
	  echo; \
	  echo "So this is the sample tenant, \`demo\`. To measure your own: make run REPO=../path"; \
	  echo; \
	  tenant=demo; \
	  $(PULSE) demo; \
	  $(PULSE) --tenant demo dora; \
	fi; \
	exec $(PULSE) --tenant "$$tenant" serve --port $(PORT)

.PHONY: test
test: packages $(VENV)/ready ## Run every test
	cargo test --workspace

.PHONY: lint
lint: ## Check formatting and run clippy
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

.PHONY: docs
docs: packages ## Write the generated pages of docs/, and build the API docs with warnings as errors
	PULSE_WRITE_DOCS=1 cargo test --workspace --lib -- the_data_model_page_is the_metrics_page_is
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

.PHONY: audit
audit: ## Check dependencies against the advisory databases, which this machine must reach
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check
	@if [ -f server/web/package-lock.json ]; then npm --prefix server/web audit; fi

# Asks for root only when something is missing.
.PHONY: packages
packages:
	@missing=""; \
	for need in $(NEEDED); do \
	  command -v "$${need%%:*}" >/dev/null || missing="$$missing $${need##*:}"; \
	done; \
	python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$$missing python3-venv"; \
	if [ -n "$$missing" ]; then \
	  echo "installing:$$missing"; \
	  as_root=""; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	  $$as_root apt-get update -q; \
	  DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -qy --no-install-recommends $$missing; \
	fi

$(VENV)/ready: $(READERS) | packages
	rm -rf $(VENV)
	python3 -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(READERS)
	touch $@
