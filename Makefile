# Thin on purpose: each line is a command that a person could type. What there is to know is in tools/.

PYTHON ?= python3
RUNNER ?=
# A real Kafka for that Flink, and the sample shop's events in it.
KAFKA ?=
FEED = .venv/bin/python -m stacks.shop_events dev
START = .venv/bin/dli emulator start $(if $(KAFKA),--runner flink-kafka --feed "$(FEED)",$(if $(RUNNER),--runner $(RUNNER)))
# How many jobs are deployed at once. Most of them wait most of the time, which takes next to nothing.
PARALLEL ?= 128
# One worker more than there are cores: each waits now and then for an engine, a local DLI or a Flink.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.DEFAULT_GOAL := help
.PHONY: help setup up down test quick check docs site dist sdks bench

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

setup: ## make `.venv`: pinned dependencies, the Pulumi engine, this package; takes a second when all is there
	@$(PYTHON) -m tools.setup

up: setup ## start the local DLI, deploy stack dev to it, and show its jobs; RUNNER=flink runs them on a real Flink, KAFKA=1 too with a real Kafka
	$(START)
	.venv/bin/pulumi stack select --create dev
	@test ! -s .dli/emulator.token || .venv/bin/pulumi config set --secret --stack dev dli:token < .dli/emulator.token
	.venv/bin/pulumi up --yes --stack dev --parallel $(PARALLEL)
	@.venv/bin/python -m tools.after_up dev

down: ## delete the jobs of stack dev and stop the local DLI
ifeq ($(wildcard .venv/bin/dli),)
	@echo "nothing is set up here, so nothing is up"
else
	.venv/bin/dli emulator status >/dev/null || $(START)
	.venv/bin/pulumi stack select --create dev
	.venv/bin/pulumi destroy --yes --stack dev --parallel $(PARALLEL)
	.venv/bin/dli emulator stop
endif

# Byte code is kept even where that is switched off: pytest would rewrite every test anew in every worker.
test quick: export PYTHONDONTWRITEBYTECODE =

test: setup ## run the tests, on all cores, and name the slowest twenty
	. .venv/bin/activate && python -m pytest -n $(WORKERS) --dist loadgroup --durations 20

quick: setup ## run the tests that take less than a minute together: no engine, no Flink, no matrix of faults
	. .venv/bin/activate && python -m pytest -n $(WORKERS) --dist loadgroup -m "not (engine or flink or slow)" \
		--ignore tests/emulator/test_fuzz.py # slow as well: even to collect it means to make up the requests

check: setup ## run the gate: format, lint, types, generated documentation
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/python -m tools.arguments --check
	.venv/bin/python -m tools.json_schemas --check
	.venv/bin/python -m tools.docs --check

docs: setup ## write the generated parts of the documentation anew
	.venv/bin/python -m tools.arguments
	.venv/bin/python -m tools.json_schemas
	.venv/bin/python -m tools.docs

site: ## make the site of the documents in `site/`, with a search; a link that leads nowhere fails it
	@$(PYTHON) -m tools.docs_site

dist: setup ## make the wheel, in `dist/`; the one to publish: `make dist REPOSITORY=https://...`
	@.venv/bin/python -m tools.distribution $(if $(REPOSITORY),--repository $(REPOSITORY))

sdks: setup ## write the packages of the second door for TypeScript, Go and Python under `sdk/`; needs Go
	.venv/bin/python -m tools.sdks

bench: setup ## measure against the bare engine, and write docs/benchmarks.md; a part of it: `make bench N=100 PARTS="up destroy"`
	.venv/bin/python -m tools.bench $(if $(N),--jobs $(N)) $(if $(PARTS),--parts $(PARTS)) $(if $(N)$(PARTS),,--write)
