# GNU make 4. `make` starts the service; `make help` lists the rest.

.DEFAULT_GOAL := run
SHELL := /bin/sh
.SUFFIXES:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PORT ?= 8501
ROR_DEMO ?= 1
# Four test files at a time: some of them wait for a browser or a server meanwhile; more would fight over the processor.
WORKERS ?= 4
# What is run a second time, on a real server: the SQL of every table. All of tests/store and tests/services can be.
ON_POSTGRESQL := $(addprefix tests/store/test_,accounts.py alerts.py call_round.py checks.py crises.py daily_reports.py declarations.py differences.py displays.py feedback.py handovers.py invitations.py journal.py outlines.py perimeter.py recent.py registry.py reminders.py second_factor.py sessions.py states.py trends.py unit_types.py) tests/services/coordination/test_after_action.py
# Arguments for pytest, as in: make test ARGS="-k sign_in". Only the tests then run, in one process.
ARGS ?=
# The page of `make profile`: the name of a file of pages/.
PAGE ?= departements

PYTHON := .venv/bin/python
# A wheel for everything: a missing one is said at once, instead of asking for a compiler.
PIP_INSTALL := $(PYTHON) -m pip install -qq --no-input --disable-pip-version-check --require-hashes --only-binary=:all:
UV_COMPILE := $(PYTHON) -m uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make requirements"

# The tests start a hundred processes, which would each compile the same files again.
unexport PYTHONDONTWRITEBYTECODE

ifdef CI
export NO_COLOR := 1
unexport FORCE_COLOR
endif

.PHONY: run dev check test lint coverage mutants profile faults screenshots bench bench-national requirements licences sbom release \
	clean help \
	venv environment environment-dev browser servers

run: environment ## Start the service with demonstration data (PORT=8501, ROR_DEMO=0 for real data)
	@ROR_DEMO=$(or $(ROR_DEMO),0) PORT=$(or $(PORT),8501) exec $(PYTHON) -m ror serve --port $(or $(PORT),8501)

# Not `python -m ror serve`: its process would hold the database while another one, reloaded, wants to open it.
dev: environment ## Serve as `make run` does, and reload when a Python file of ror/ or pages/ changes
	@ROR_DEMO=$(or $(ROR_DEMO),0) exec $(PYTHON) -m uvicorn app:app --port $(or $(PORT),8501) --reload --reload-dir ror --reload-dir pages \
		--no-access-log --timeout-graceful-shutdown 1

check: lint ## Check in a minute: lint, then the tests of model and exchange
	@echo "Tests of model and exchange"
	@$(PYTHON) -m pytest tests/model tests/exchange -q -n 2 --dist loadfile $(if $(CI),--color=no)

ifeq ($(strip $(ARGS)),)
test: environment-dev browser servers lint ## Run every check and every test; only some tests with ARGS="-k sign_in"
	@echo "Tests"
	@$(PYTHON) -m pytest -m "not whole" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(if $(CI),--color=no)
	@echo "Tests of the store, on PostgreSQL"
	@$(PYTHON) -m pytest $(ON_POSTGRESQL) --store postgresql -n 2 --dist loadfile $(if $(CI),--color=no)
else
test: environment-dev
	@$(PYTHON) -m pytest -m "not whole" $(ARGS)
endif

# A cut log and a clock that jumps have their tests in tests/faults, which are as quick as the others.
coverage: environment-dev servers ## Fail on a line or branch of model, services or store that no test of theirs takes
	@$(PYTHON) -m pytest tests/model tests/services tests/store tests/faults/test_log.py tests/faults/test_clock.py \
		-q -n 2 --dist loadfile --cov

mutants: environment-dev ## Print the changes of a line of ror/model and ror/services/availability that no test notices
	@HYPOTHESIS_PROFILE=mutants $(PYTHON) -m mutmut run $(ARGS) && $(PYTHON) -m mutmut results

profile: environment-dev ## Profile one rerun of a page over the demonstration (PAGE=departements)
	@PYTHONPATH=. $(PYTHON) scripts/profile_page.py $(PAGE)

faults: environment-dev browser servers ## Kill, fill, tear, cut off and wear out: the whole of tests/faults (an hour)
	@ROR_CUT_SECONDS=180 $(PYTHON) -m pytest tests/browser/test_reconnection.py -k cut_longer --timeout=600
	@HYPOTHESIS_PROFILE=faults $(PYTHON) -m pytest -m "hypothesis and not whole" -n 2 --dist loadfile --timeout=7200
	@ROR_FAULT_ROUNDS=200 ROR_SOAK_MINUTES=30 $(PYTHON) -m pytest tests/faults -s --timeout=7200 $(ARGS)

lint: environment-dev ## Check style, format, types and the direction of imports
	@echo "Style"
	@$(PYTHON) -m ruff check .
	@echo "Format"
	@$(PYTHON) -m ruff format --check .
	@echo "Types"
	@$(PYTHON) -m mypy
	@echo "Imports"
	@$(PYTHON) -c 'from importlinter.cli import lint_imports_command as check; check()' --no-logo

screenshots: environment-dev browser ## Take the pictures of docs/images again
	@$(PYTHON) scripts/screenshots.py

bench: environment-dev browser ## Measure the pages beside rivals, files and open screens (ten minutes; less with ARGS=--quick)
	@PYTHONPATH=. $(PYTHON) -m benchmarks $(ARGS)

bench-national: environment-dev ## Measure the same pages over a region and over the whole country (a quarter of an hour)
	@PYTHONPATH=. $(PYTHON) -m benchmarks.growth $(ARGS)

requirements: environment-dev ## Compile requirements*.in into requirements*.txt, with the hashes
	@echo "Compiling requirements.txt and requirements-dev.txt"
	@$(UV_COMPILE) requirements.in --output-file requirements.txt
	@$(UV_COMPILE) requirements-dev.in --output-file requirements-dev.txt

licences: environment-dev ## Write docs/licences.md: the licences of what is shipped
	@$(PYTHON) -m scripts.make_licences

sbom: environment-dev ## Write dist/ror.cdx.json: the bill of materials of what is shipped (CycloneDX)
	@$(PYTHON) -m scripts.make_sbom

release: environment-dev ## Write a release into dist/: wheel, locked dependencies, bill of materials, checksums
	@$(PYTHON) -m scripts.release

clean: ## Remove the environment and the caches (the data stays)
	@echo "Removing .venv and the caches"
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage mutants tests/browser/failures
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='|' read -r target words; do printf '%-14s %s\n' "$$target" "$$words"; done

# A candidate is run, not only looked up: some version managers put names on the path that lead nowhere.
venv:
	@if $(PYTHON) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then exit 0; fi; \
	bare=; \
	for name in python3.13 python3.12 python3.11 python3; do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		if ! "$$name" -c 'import ensurepip, venv' 2>/dev/null; then bare="$${bare:-$$name}"; continue; fi; \
		echo "Creating .venv with $$($$name --version)"; \
		"$$name" -m venv --clear .venv; exit $$?; \
	done; \
	if [ -n "$$bare" ]; then \
		version=$$("$$bare" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "Python $$version cannot make environments here: install the package python$$version-venv, then run make again." >&2; \
	else \
		echo "Python 3.11 or newer is needed and none was found: install it, then run make again." >&2; \
	fi; exit 2

# The stamp is a copy of what was installed: dates would say nothing after a checkout.
environment: venv
	@if ! cmp -s requirements.txt .venv/installed.txt; then \
		echo "Installing the dependencies (once; a minute or two)"; \
		$(PIP_INSTALL) -r requirements.txt && $(PYTHON) -m ror.web.server.prepared && cp requirements.txt .venv/installed.txt; \
	fi

environment-dev: environment
	@if ! cmp -s requirements-dev.txt .venv/installed-dev.txt; then \
		echo "Installing the tools of the tests (once)"; \
		$(PIP_INSTALL) -r requirements-dev.txt && cp requirements-dev.txt .venv/installed-dev.txt; \
	fi

browser: environment-dev
	@scripts/ensure_chromium.sh

servers: environment-dev
	@scripts/ensure_services.sh
