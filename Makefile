# Works with GNU make and BSD make: only what both understand is used.
# `make` alone prints the targets. Another interpreter: `make PYTHON=python3.13 test`.

PYTHON ?= python3
TIME ?= 60
VENV = .venv
BIN = $(VENV)/bin
COMPILED = $(VENV)/compiled
QUICK =
ROOMS = corpus tests/house tests/jail_kernel tests/jail_source tests/legacy_model tests/new_model tests/descriptor_model \
    tests/jail_userland tests/manual tests/fuzz/support tests/fuzz/programs/commands tests/docs/test_pages.py
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

help: ## list the targets (this text)
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

fuzz: $(VENV)/.run ## compare the two models on generated programs for TIME (60) seconds
	$(BIN)/jaildiff fuzz --time $(TIME)

check: lint ## before each commit: lint, then the rooms whose tests take some 10 ms each
	HYPOTHESIS_PROFILE=check $(BIN)/python -m pytest -q -n auto --dist worksteal $(ROOMS)

test: lint ## lint, then run the tests, but those that take minutes
	$(BIN)/python -m pytest -n auto --dist worksteal -m 'not slow'

test-all: lint ## lint, then run every test
	$(BIN)/python -m pytest -n auto --dist worksteal

coverage: $(VENV)/.dev ## show the lines and branches that `make test` does not reach
	@rm -f .coverage .coverage.*
	-$(BIN)/coverage run -m pytest -q -n auto --dist worksteal -m 'not slow'
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

lint: $(VENV)/.dev ## ruff's rules, ruff's format, spelling, mypy's types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

compile: ## build jaildiff compiled, beside the other: .venv/compiled/bin/jaildiff
	@$(PYTHON) -m venv $(COMPILED)
	@rm -rf build/lib* build/bdist*
	@JAILDIFF_COMPILE=1 $(COMPILED)/bin/python -m pip install --quiet --no-input \
	    --disable-pip-version-check '.[test]'

test-compiled: $(VENV)/.dev compile ## does the compiled build say what the source says? QUICK=--quick
	$(BIN)/python -m tests.compiled $(QUICK) $(COMPILED)

mutation: $(VENV)/.dev ## is each small change of a kernel noticed?  An hour or more; resumable
	$(BIN)/python -m tests.mutation.run

bench: $(VENV)/.dev ## measure the speed of the models and the differ
	$(BIN)/jaildiff bench

report: $(VENV)/.run ## write docs/freebsd-14-to-15.html: what changes, by all means; some minutes
	@rm -rf report && mkdir report
	$(BIN)/jaildiff explore tiny --out report/explored --json >report/explored.json
	$(BIN)/jaildiff designs --runs 20 --seed 1 --json >report/designs.json
	$(BIN)/jaildiff campaign report/findings --seed 1 --runs 5000 --workers 1
	$(BIN)/jaildiff fuzz --runs 0 --out report/findings
	$(BIN)/jaildiff fuzz --runs 0 --out report/findings --corpus report/explored
	$(BIN)/jaildiff report report/findings --out report --explored report/explored.json \
	    --designs report/designs.json
	cp report/report.html docs/freebsd-14-to-15.html
	$(BIN)/python -m tests.picture docs/freebsd-14-to-15.html docs/report.png

docs: $(VENV)/.docs ## build the site, build/site/index.html: README, docs/, and what commands write
	@rm -rf lists mistakes build/site && mkdir lists
	$(BIN)/jaildiff designs --runs 20 --seed 1 --markdown lists/designs.md >/dev/null
	$(BIN)/jaildiff designs --ask fork-lock --markdown lists/fork-lock.md >/dev/null
	$(BIN)/jaildiff impact --profile all --markdown >lists/tools.md || test $$? -eq 1
	$(BIN)/jaildiff upstream mistakes
	$(BIN)/sphinx-build -q -E -W --keep-going -d build/doctrees -c docs/site . build/site

man: $(VENV)/.run ## write the manual page, build/jaildiff.1
	@mkdir -p build
	$(BIN)/python -m jaildiff.cli.manual >build/jaildiff.1

clean: ## remove the virtual environment, caches and build results
	rm -rf $(VENV) .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache mutation.jsonl lists mistakes build dist *.egg-info
	find jail_kernel jail_source legacy_model new_model descriptor_model proposed_models jail_userland fuzz pytest_jaildiff tests -name __pycache__ -prune -exec rm -rf {} +

# Set-up, silent unless it fails. A stamp is as new as the pyproject.toml that it was made from.

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'jaildiff needs Python 3.11 or newer as $(PYTHON);' \
	        'name another one: make PYTHON=python3.13' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo '$(PYTHON) cannot make virtual environments: its modules ensurepip and venv are' \
	        'missing. On Debian and Ubuntu they are in the package python3-venv.' >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.run: $(VENV)/pyvenv.cfg pyproject.toml
	@$(PIP) --editable '.[ci,hypothesis,report]' >$(VENV)/log 2>&1 || { cat $(VENV)/log >&2; exit 1; }
	@touch $@

$(VENV)/.docs: $(VENV)/.run
	@$(PIP) --editable '.[docs]' >$(VENV)/log 2>&1 || { cat $(VENV)/log >&2; exit 1; }
	@touch $@

$(VENV)/.dev: $(VENV)/pyvenv.cfg pyproject.toml
	@$(PIP) --editable '.[lint]' >$(VENV)/log 2>&1 || { cat $(VENV)/log >&2; exit 1; }
	@touch $(VENV)/.run $(VENV)/.docs $@

.PHONY: help fuzz check test test-all coverage lint compile test-compiled mutation bench report docs man clean
