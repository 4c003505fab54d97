# Everything a developer or a clerk's administrator types. Needs python3 (3.11 or newer) and make, no more.
SHELL := /bin/bash
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
JOBS ?= 2
MINUTES ?= 12
POSTGRES_URL ?= postgres://root@127.0.0.1:5432/ipportal
# What a production installation sets, for checking that its settings are sound.
PRODUCTION := IPPORTAL_SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	IPPORTAL_SITE_URL=https://docket.example IPPORTAL_HOSTS=docket.example

.PHONY: audit licences asvs drill faults shots storm month week strangers help install demo demo-reset test test-postgres test-browser lint bench bench-sqlite bench-refresh fuzz hammer reference smoke pins messages clean

help: ## Say what there is to make
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1|/' \
		| while IFS='|' read -r name words; do printf '  make %-14s %s\n' "$$name" "$$words"; done

# A stamp per list of requirements: nothing is installed again while its list is the same.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.installed-dev: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.installed

install: .venv/.installed-dev ## Make .venv with everything for development

demo: .venv/.installed ## Show it at work against an invented office; Ctrl-C stops it
	@exec $(BIN)/python manage.py demo

demo-reset: .venv/.installed ## Forget the last demo
	@$(BIN)/python manage.py demo --reset

test: install ## Run all tests on SQLite
	$(BIN)/pytest -q -n $(JOBS) --dist loadfile
	@$(MAKE) test-browser

test-postgres: install ## Run all tests on PostgreSQL (POSTGRES_URL)
	DATABASE_URL=$(POSTGRES_URL) $(BIN)/pytest -q -n $(JOBS) --dist loadfile
	@DATABASE_URL=$(POSTGRES_URL) $(MAKE) test-browser

# pytest ends with 5 when there is nothing to run.
test-browser: install
	@if command -v chromium >/dev/null || [ "$${IPPORTAL_REQUIRE_BROWSER:-}" = 1 ]; then \
		$(BIN)/pytest -q -m browser; code=$$?; [ $$code = 5 ] && [ "$${IPPORTAL_REQUIRE_BROWSER:-}" != 1 ] || exit $$code; \
	else echo "No Chromium: browser tests are left out."; fi

shots: install ## Take pictures of every page, in both languages, colours and widths, into var/shots
	$(BIN)/pytest -q -m browser tests/browser/shots.py

.venv-strangers/.installed: requirements-strangers.txt
	$(PYTHON) -m venv .venv-strangers
	.venv-strangers/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements-strangers.txt
	@touch $@

strangers: install .venv-strangers/.installed ## Try the sandbox with a client that others wrote for the real office
	IPPORTAL_STRANGERS_PYTHON=.venv-strangers/bin/python $(BIN)/pytest -q -m strangers

audit: install ## Ask whether a fault is known of what is pinned (ADVISORIES=folder or ADVISORIES_URL; fails when nobody can be asked)
	@$(BIN)/python -m supply audit

licences: install ## Write docs/licences.md from what is installed
	@$(BIN)/python -m supply licences

asvs: install ## Write docs/asvs.md from docs/asvs.yaml
	@$(BIN)/python -m supply asvs

lint: install ## Check form, types, rooms, templates, migrations, settings and translations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING
	@$(BIN)/python -m supply audit --lint
	$(BIN)/pytest -q -p no:cacheprovider tests/pages/test_catalogue.py -k "every_sentence or the_japanese or in_translation or what_is_compiled"

SIZES ?= 500,5000,50000
bench: install ## Measure pages, taking in and planning on dockets of 500, 5,000 and 50,000 cases (SIZES)
	@$(BIN)/python -m bench --sizes $(SIZES)

bench-sqlite: install ## The same on the sizes meant for SQLite
	@env -u DATABASE_URL $(BIN)/python -m bench --sizes 500,5000

CASES ?= 50000
DOCKET ?= 5000
BUDGET ?= 400
SEEDS ?= 1,2,3
bench-refresh: install ## Simulate how late acts of the office are seen (CASES, BUDGET a day, SEEDS)
	@$(BIN)/python manage.py bench_refresh --cases $(CASES) --budget $(BUDGET) --seed $(SEEDS) --json

DAYS ?= 30
WORKERS ?= 2
BROKER ?= orm
month: install ## Let a month pass for WORKERS, an office with faults and DOCKET cases (DAYS, BROKER=redis, POSTGRES_URL)
	@POSTGRES_URL=$(POSTGRES_URL) $(BIN)/python -m bench.month --cases $(DOCKET) --days $(DAYS) \
		--workers $(WORKERS) --broker $(BROKER)

PEOPLE ?= 200
MINUTES ?= 4
week: install ## Let PEOPLE browse for a week in MINUTES while the worker runs (FIRM=cases, POSTGRES_URL= for SQLite)
	@POSTGRES_URL=$(POSTGRES_URL) $(BIN)/python -m bench.week --people $(PEOPLE) --minutes $(MINUTES) \
		--cases $(or $(FIRM),2000)

# The fuzzer has binaries for few machines, so it is no part of `make install`.
.venv/.installed-fuzz: requirements-fuzz.txt | install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.txt
	@touch $@

fuzz: .venv/.installed-fuzz ## Throw mutated papers, answers and numbers at the readers (MINUTES, REAL=folder)
	@nice $(BIN)/python -m fuzz --minutes $(MINUTES) $(if $(REAL),--real $(REAL))

hammer: install ## Set eight processes on each limit of the office, on SQLite and PostgreSQL (POSTGRES_URL)
	@POSTGRES_URL=$(POSTGRES_URL) $(BIN)/python -m bench.hammer

ALERTS ?= 10000
KILLS ?= 100
storm: install ## Send ALERTS through a bad mail server while workers are killed (KILLS; POSTGRES_URL= for SQLite)
	@POSTGRES_URL=$(POSTGRES_URL) $(BIN)/python -m bench.storm --alerts $(ALERTS) --kills $(KILLS)

drill: install ## Back up, lose, restore and move an invented docket, with figures (DRILL cases; POSTGRES_URL)
	@POSTGRES_URL=$(POSTGRES_URL) $(BIN)/python -m bench.drill --cases $(or $(DRILL),500)

# A fault or several (FAULT="full_disk clock_day"), all without; WRITE=1 puts what was seen into docs/faults.md.
faults: install ## Provoke each fault on a real installation: what was promised, what was seen (FAULT, WRITE=1; root for disks)
	@env -u DATABASE_URL nice $(BIN)/python -m tests.faults $(FAULT) $(if $(WRITE),--write docs/faults.md)

reference: install ## Write docs/reference.md from the catalogue of endpoints
	$(BIN)/python -m apiclient.reference > docs/reference.md

smoke: .venv/.installed ## Use a fresh demo as a clerk would, from pasted numbers to the mail
	@exec $(BIN)/python manage.py smoke

pins: install ## Compile requirements*.in into pinned, hashed lists
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --universal \
		requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --universal \
		requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --universal \
		requirements-fuzz.in -o requirements-fuzz.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --universal \
		requirements-strangers.in -o requirements-strangers.txt

messages: install ## Collect the words of the pages and compile their translations (needs gettext)
	$(BIN)/python manage.py makemessages --locale ja --no-obsolete --no-location --ignore '.venv/*' --ignore 'var/*'
	$(BIN)/python manage.py compilemessages --locale ja --ignore '.venv/*'

clean: ## Remove what can be made again; the docket in var/ stays
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache var/static
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
