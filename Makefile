# One command for each habit; `make help` lists them. `.ci/run` calls the same `make test`.

.DEFAULT_GOAL := help
.NOTPARALLEL:        # the steps print, and pytest's closing line has to be the last one
MAKEFLAGS += --no-print-directory

VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-input
PEERS := tests/peers
WEB := console/web
NPM := tools/npm.sh $(VENV)

PYTEST_WORKERS ?= 4  # for two cores: tests wait half of their time
PYTEST_ARGS ?=
ARGS ?=
# Tests start programs by the thousand, and where the environment sets PYTHONDONTWRITEBYTECODE each
# start would compile all sources for nothing, and each process of pytest all tests.
COMPILE := git ls-files -z '*.py' | xargs -0 $(PY) -m compileall -q && \
	env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest --collect-only -qq >/dev/null
UV_VERSION := 0.13.9 # only `make lock` needs uv, so it is fetched there and not locked

# Each stamp is newer than what it was made from; all of them vanish with the environment.
VENV_STAMP := $(VENV)/.made
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
PROJECT_STAMP := $(VENV)/.installed-project
PEERS_STAMP := $(PEERS)/node_modules/.package-lock.json
NODE_STAMP := $(VENV)/.installed-node
WEB_STAMP := $(WEB)/node_modules/.package-lock.json
# A Matrix homeserver, and the official client of Meshtastic radios.
PEER_ENVIRONMENTS := synapse radio-peer
PEER_STAMPS := $(PEER_ENVIRONMENTS:%=$(VENV)/%/.installed)
# A second homeserver, whose build takes minutes: for long tests only.
DENDRITE_VERSION := v0.13.8
DENDRITE_STAMP := $(VENV)/dendrite/.installed-$(DENDRITE_VERSION)
PAGES_STAMP := console/static/index.html
WEB_SOURCES := $(shell find $(WEB) -path $(WEB)/node_modules -prune -o -type f ! -name schema.d.ts -print)

# An environment whose Python was removed or upgraded away is made anew.
ifneq ($(shell test -x $(PY) && echo usable),usable)
$(shell rm -f $(VENV_STAMP))
endif

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{printf "  make %-9s %s\n", $$1, $$2}'

# ---- Running ---------------------------------------------------------------------------------

.PHONY: run
run: $(RUN_STAMP) $(PROJECT_STAMP) ## Start the supervisor and a local mesh server to try it on (ARGS="--rooms 5")
	@$(MAKE) pages || echo "The pages of the console could not be built; all else works." >&2
	@# Right before the start: building the pages takes minutes, which its schedules would miss.
	@MESHVISOR=$(VENV)/bin/meshvisor tools/demo.sh
	@echo "Then, in another terminal in this folder: . $(VENV)/bin/activate; meshvisor chat lobby"
	@exec $(VENV)/bin/meshvisor run --playground $(ARGS)

.PHONY: bench
bench: setup ## Measure what we claim, side by side with peers (ARGS="--help")
	@exec $(PY) -m benchmarks $(ARGS)

# ---- Setting up ------------------------------------------------------------------------------

.PHONY: setup
setup: $(DEV_STAMP) $(PROJECT_STAMP) ## The virtual environment with everything for development

$(VENV_STAMP):
	@python=$$(tools/find_python.sh) && echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)
	@touch $@

$(RUN_STAMP): requirements.lock | $(VENV_STAMP)
	@echo "Installing what Meshvisor runs on"
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements.lock
	@touch $@

# The development lock holds everything of the other one, so nothing is installed twice.
$(DEV_STAMP): requirements-dev.lock | $(VENV_STAMP)
	@echo "Installing what Meshvisor is developed with"
	@$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@ $(RUN_STAMP)

# Without isolation: the build backend comes from the lock and not from wherever pip finds one.
$(PROJECT_STAMP): pyproject.toml shared/version.py | $(VENV_STAMP)
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(PEERS_STAMP): $(PEERS)/package-lock.json $(PEERS)/.npmrc
	@tools/once.sh $(VENV)/.peers.lock $@ $^ -- npm --prefix $(PEERS) ci --no-progress --loglevel=error

$(PEER_STAMPS): $(VENV)/%/.installed: requirements-%.lock tools/peer_environment.sh | $(VENV_STAMP)
	@tools/once.sh $(VENV)/.$*.lock $@ $^ -- tools/peer_environment.sh $(VENV) $*

# Go's checksum database vouches for what is downloaded.
$(DENDRITE_STAMP): | $(VENV_STAMP)
	@echo "Building Dendrite $(DENDRITE_VERSION) to test with; for the first time that takes minutes"
	@GOBIN=$(abspath $(dir $@)) go install -ldflags="-s -w" \
		github.com/matrix-org/dendrite/cmd/dendrite@$(DENDRITE_VERSION)
	@touch $@

# Only where no suitable Node is found: 60 MB.
$(NODE_STAMP): requirements-web.lock tools/npm.sh | $(VENV_STAMP)
	@$(NPM) --found || { echo "Installing Node to build the pages with" && \
		$(PIP_INSTALL) --require-hashes --only-binary :all: -r requirements-web.lock; }
	@touch $@

$(WEB_STAMP): $(WEB)/package-lock.json $(WEB)/.npmrc | $(NODE_STAMP)
	@echo "Installing what the pages of the console are built with"
	@tools/once.sh $(VENV)/.web.lock $@ $^ -- $(NPM) --prefix $(WEB) ci --no-progress --loglevel=error

$(PAGES_STAMP): $(WEB_SOURCES) | $(WEB_STAMP)
	@echo "Building the pages of the console"
	@touch $(VENV)/.pages-begun
	@$(NPM) --prefix $(WEB) run --silent types
	@$(NPM) --prefix $(WEB) run --silent check
	@$(NPM) --prefix $(WEB) run --silent build -- --logLevel warn
	@touch -r $(VENV)/.pages-begun $@ # what changed meanwhile is newer

.PHONY: api
api: setup ## Write down the HTTP API and the sentences with a code, for the pages
	@$(PY) -m meshvisor.console.reference > $(WEB)/openapi.json.new
	@mv $(WEB)/openapi.json.new $(WEB)/openapi.json
	@$(PY) -m meshvisor.console.http_page > docs/http.md.new
	@mv docs/http.md.new docs/http.md
	@$(PY) -m meshvisor.console.known_wordings > $(WEB)/src/i18n/wordings.json.new
	@mv $(WEB)/src/i18n/wordings.json.new $(WEB)/src/i18n/wordings.json

.PHONY: pages
pages: $(PAGES_STAMP) ## The pages of the console, into console/static (`make run` does it by itself)

.PHONY: pictures
pictures: setup pages ## Take a picture of every page of the console, to be looked at (ARGS="--help")
	@$(PY) -m tests.console.pictures $(ARGS)

.PHONY: lock
lock: $(VENV_STAMP) ## Resolve the newest versions that pyproject.toml allows into the lock files
	@$(PY) -m venv --clear $(VENV)/lock
	@$(VENV)/lock/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@for pair in build:requirements.lock dev:requirements-dev.lock; do \
		$(VENV)/lock/bin/uv pip compile pyproject.toml --group "$${pair%%:*}" --universal --upgrade \
			--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
			--custom-compile-command "make lock" --quiet --output-file "$${pair#*:}" || exit 1; \
	done
	@for group in web $(PEER_ENVIRONMENTS); do \
		$(VENV)/lock/bin/uv pip compile --group "$$group" --universal --upgrade \
			--python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
			--custom-compile-command "make lock" --quiet --output-file "requirements-$$group.lock" || exit 1; \
	done
	@cd $(PEERS) && npm install --package-lock-only --loglevel=error

.PHONY: clean
clean: ## Remove what the commands here made (never what a fleet wrote)
	@rm -rf build $(VENV) $(PEERS)/node_modules $(WEB)/node_modules console/static .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- Checking --------------------------------------------------------------------------------

.PHONY: test
test: $(VENV_STAMP) begin-peers setup ## Everything: formatting, lint, types, import direction, tests with real peers
	@{ $(COMPILE); } & compiling=$$!; \
		{ $(MAKE) peers pages && $(NPM) --prefix $(WEB) run --silent test; } & pages=$$!; \
		$(MAKE) check && wait $$pages && wait $$compiling
	@$(PY) -m pytest -n $(strip $(PYTEST_WORKERS)) --dist worksteal $(PYTEST_ARGS)

.PHONY: test-long
test-long: setup dendrite ## More seeds and more moments of the fault tests
	@{ $(COMPILE); }
	@$(PY) -m pytest -n $(strip $(PYTEST_WORKERS)) --dist worksteal -m long $(PYTEST_ARGS)

.PHONY: check
check: setup ## Formatting, lint, types, import direction and shell scripts, without the tests
	@echo "Checking the formatting"
	@$(PY) -m ruff format --check --quiet . || { echo "Not formatted as agreed: run 'make fmt'." >&2; exit 1; }
	@echo "Checking the code for mistakes"
	@$(PY) -m ruff check --quiet .
	@echo "Checking the types"
	@$(PY) -m mypy --no-error-summary
	@echo "Checking the direction of imports"
	@report=$$($(VENV)/bin/lint-imports --no-logo 2>&1) || { echo "$$report" >&2; exit 1; }
	@echo "Checking what features import of each other"
	@report=$$($(PY) -m pytest -q -p no:cacheprovider tests/test_project/test_features.py -k import 2>&1) || { echo "$$report" >&2; exit 1; }
	@echo "Checking the shell scripts"
	@$(VENV)/bin/shellcheck tools/*.sh .ci/run

# Says which programs that tests need are missing and how to get them; an error with CI=true.
.PHONY: peers
peers: setup
	@$(PY) -m tests.programs
	@if command -v npm >/dev/null 2>&1; then $(MAKE) $(PEERS_STAMP); fi
	@$(MAKE) $(PEER_STAMPS)

.PHONY: dendrite
dendrite: ## A second Matrix homeserver, for long tests (needs Go)
	@if command -v go >/dev/null 2>&1; then $(MAKE) $(DENDRITE_STAMP); \
		else echo "Without Go there is no Dendrite, and the tests with it are skipped." >&2; fi

# What takes the network's time more than the processor's; `peers` and `pages` wait for it.
.PHONY: begin-peers
begin-peers: | $(VENV_STAMP)
	@{ $(MAKE) $(PEER_STAMPS) || true; } >/dev/null 2>&1 &
	@if $(NPM) --found; then { $(MAKE) $(PEERS_STAMP) $(WEB_STAMP) || true; } >/dev/null 2>&1 & fi

.PHONY: fmt
fmt: setup ## Format, and mend what the linter can mend by itself
	@$(PY) -m ruff check --fix --quiet . || true
	@$(PY) -m ruff format .
