# What a newcomer types. Each target says what it does; the logic stands in manage.py and tests/run.py.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed-run
INSTALLED_DEV := $(VENV)/.installed-dev
# uv must use the interpreter that is here, not fetch one.
export UV_PYTHON_DOWNLOADS := never
COMPILE := $(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.PHONY: help run setup test lint format docs lock bench clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

# Only warnings, so that the password and the progress stay in sight; LOG_LEVEL=INFO make run shows each step.
run: $(INSTALLED) ## Everything in one terminal, with the demo; keeps its data (PORT=8000)
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py first_run
	@LOG_LEVEL=$${LOG_LEVEL:-WARNING} exec $(BIN)/python manage.py up --demo --port $(PORT)

setup: $(INSTALLED_DEV) ## The environment alone, with the tools of developers

test: $(INSTALLED_DEV) ## The whole suite: SQLite always, PostgreSQL and Redis when they answer
	@$(BIN)/python -m tests.run $(ARGS)

lint: $(INSTALLED_DEV) ## Format, lint, types, import layers, migrations, compose file, Dockerfile
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(BIN)/hadolint Dockerfile

format: $(INSTALLED_DEV) ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(INSTALLED_DEV) ## Measure, and write docs/benchmarks.md
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(INSTALLED_DEV) ## Write anew what is made from the code: README's table, docs/errors.md, docs/openapi.yaml
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python -m docs

lock: $(INSTALLED_DEV) ## Pin the newest versions that pyproject.toml allows
	$(COMPILE) --upgrade pyproject.toml --output-file requirements/base.txt
	$(COMPILE) --upgrade --constraint requirements/base.txt pyproject.toml --group dev --output-file requirements/dev.txt
	$(COMPILE) --upgrade --group bootstrap --output-file requirements/bootstrap.txt

clean: ## Remove the data (var/) and the environment (.venv)
	rm -rf var $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# The two ways of installing end in the same pinned, hashed packages: uv in a second, pip where uv cannot reach
# the index (it does not read pip's configuration).
INSTALL = $(BIN)/python -m uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) 2>/dev/null \
	|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "This Python has no venv module. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.bootstrapped: requirements/bootstrap.txt $(VENV)/.made
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< \
		|| echo "uv is not to be had; pip installs the rest."
	@touch $@

$(INSTALLED): requirements/base.txt $(VENV)/.bootstrapped
	@echo "Installing what the dialer needs ..."
	@$(call INSTALL,$<)
	@touch $@

$(INSTALLED_DEV): requirements/dev.txt $(VENV)/.bootstrapped
	@echo "Installing what the tests need ..."
	@$(call INSTALL,$<)
	@touch $@ $(INSTALLED)
