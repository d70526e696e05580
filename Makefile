# Needs nothing but make and Python 3.11 to 3.13. `make` alone says what there is.
#
# PYTHON=python3.12 names another interpreter; DUEPROCESS_ variables (workers/settings.py) configure what runs.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?= $(shell for candidate in python3 python3.13 python3.12 python3.11; do \
	$$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$candidate && break; done)
TESTS ?= tests
# Two processes: each starts servers of its own, and the second halves the time even on two cores.
TEST_OPTIONS ?= -n 3 --dist worksteal # many tests wait for servers: three at once keep two cores busy
# The pages' tests drive the system's own Chromium; where there is none they are skipped, and say so.
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
BROWSER := $(if $(CHROMIUM),$(VENV)/.browser)
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	--python-version 3.11

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every process of a stack, and every test process, would compile all it imports again: half of the suite's time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run test test-long test-pages check bench bench-intake bench-claims bench-bulk bench-a-day lock clean
.DEFAULT_GOAL := help

help:
	@echo "make run     start the embedded stack, feed it, and show it; Ctrl-C stops it"
	@echo "make test    run the whole test suite; it starts what it needs"
	@echo "make test-pages   reviewers' pages in a real browser: needs Chromium, and npm once"
	@echo "make check   formatting, lint, types, import arrows, links, locks"
	@echo "make bench   what a case costs, counted and timed"
	@echo "make bench-intake  what the doors take, and a storm"
	@echo "make bench-claims  what claiming the next task costs, and that nobody gets another's"
	@echo "make bench-bulk   one act on 2,000 cases, beside single decisions; BENCH=--kill kills what it can"
	@echo "make bench-a-day   a simulated day of 40 reviewers and 5,000 cases"
	@echo "make lock    compile requirements/*.lock anew from pyproject.toml"
	@echo "make clean   remove the virtual environment and caches; data stays (dueprocess reset)"

run: $(READY)
	@$(BIN)/python -m workers.corpus
	@$(BIN)/python -m workers.toxicity_weights
	@$(BIN)/dueprocess run

test: $(READY) $(BROWSER)
	$(BIN)/pytest $(TEST_OPTIONS) $(TESTS)

# The long forms, for a night: a thousand lives against the platform, five thousand signals through twenty kills.
test-long: $(READY)
	MODEL_RUNS=1000 P1_LONG=1 P2_LONG=1 $(BIN)/pytest -n 2 --dist worksteal --timeout 1800 tests/promises/test_p01_whatever_is_killed.py tests/promises/test_p02_seven_crashes.py tests/promises/test_p02_whatever_happens.py

test-pages: $(READY) $(VENV)/.browser
	$(BIN)/pytest tests/browser

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/check_links.py
	@! grep -nE '://|(^|[^a-z0-9.-])([a-z0-9-]+\.)+(org|com|net|io|dev)([/:]|$$)' requirements/*.lock \
		|| { echo "A lock file names a host: run make lock."; exit 1; }

bench: $(READY)
	$(BIN)/python -m benchmarks

bench-intake: $(READY)
	$(BIN)/python -m benchmarks.intake

bench-claims: $(READY)
	$(BIN)/python -m benchmarks.claims

bench-bulk: $(READY)
	$(BIN)/python -m benchmarks.bulk $(BENCH)

bench-a-day: $(READY)
	$(BIN)/python -m benchmarks.a_day

lock: $(READY)
	$(COMPILE) --extra embedded --extra detect --extra dev pyproject.toml -o requirements/all.lock
	$(COMPILE) --constraint requirements/all.lock pyproject.toml -o requirements/runtime.lock
	echo "playwright==1.65.0" | $(COMPILE) --constraint requirements/all.lock - -o requirements/browser.lock

clean:
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage

# pip alone would do, in five times the time; uv reads none of pip's settings, hence pip as the second way.
$(READY): requirements/all.lock pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11, 3.12 or 3.13 is needed, and none is on the path. Install one, or name it:"; \
		echo "  make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || { \
		echo "Python 3.11, 3.12 or 3.13 is needed; this is $$($(PYTHON) --version 2>&1). Name another:"; \
		echo "  make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing the locked packages into $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@{ $(BIN)/python -m pip install --quiet uv \
		&& $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/all.lock; } \
		|| { echo "uv could not; pip takes longer ..."; \
		$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/all.lock; }
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.browser: requirements/browser.lock $(READY)
	@{ $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements/browser.lock; } \
		|| $(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/browser.lock
	@touch $@
