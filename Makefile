# The commands of the project. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test check lint types setup lock bench fuzz reference clean

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := --quiet --generate-hashes --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
  --strip-extras --allow-unsafe --all-build-deps

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(VENV)/.runtime ## set up, audit the example, and say what to look at
	@mkdir -p build && rm -f build/demo.html build/demo.json
	@status=0; $(BIN)/crossline audit examples/embassy --output build/demo.html --output build/demo.json || status=$$?; \
	if [ $$status -gt 1 ] || [ ! -s build/demo.html ] || [ ! -s build/demo.json ]; then echo "make demo: the audit ended with status $$status" >&2; exit 2; fi
	@echo
	@echo "That was: crossline audit examples/embassy   (status 1 means that there are violations)"
	@echo "  build/demo.html       the same as a page, with pictures and the evidence of every finding"
	@echo "  build/demo.json       the same for programs"
	@echo "  examples/embassy/     what was audited, and in estate.yaml how to run the same rules the other way round"
	@echo "  $(BIN)/crossline audit PATH...      your own table dump, or any file docs/README.md names"

test: $(VENV)/.dev ## set up and run all tests
	@if ! command -v bgpdump >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing bgpdump, which the tests compare with"; \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bgpdump) >/dev/null 2>&1 \
	      || echo "bgpdump could not be installed: the tests that compare with it are skipped"; \
	  else echo "bgpdump is not installed: the tests that compare with it are skipped"; fi; fi
	@$(BIN)/python -m pytest -n auto --dist loadfile

check: lint types ## lint, strict types, and every quick test
	@$(BIN)/python -m pytest -n auto --dist loadfile -q -m "not slow"

lint: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev
	@$(BIN)/mypy

setup: $(VENV)/.dev ## make .venv with everything that development needs

bench: $(VENV)/.dev ## measure the figures of the benchmarks, beside other programs where those are installed
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || exit 1; done

fuzz: $(VENV)/.dev ## look for input that breaks a reader: TARGET mrt, dex or apple (mrt), for SECONDS (60); installs the atheris package
	@$(PIP) install atheris
	@NUMBA_DISABLE_JIT=1 $(BIN)/python fuzz/$(or $(TARGET),mrt).py -max_total_time=$(or $(SECONDS),60)

reference: $(VENV)/.runtime ## write docs/reference/ anew from what the program says of itself
	@cd tools && "$(CURDIR)/$(BIN)/python" -m reference

lock: $(VENV)/.dev ## choose newer versions for requirements.txt and requirements-dev.txt
	@$(BIN)/pip-compile $(LOCK) --upgrade -o requirements.txt pyproject.toml
	@sed -i '1i # Made by '"'make lock'"' from pyproject.toml. What Crossline runs on, and is built with.' requirements.txt
	@$(BIN)/pip-compile $(LOCK) --upgrade --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml
	@sed -i '1i # Made by '"'make lock'"' from pyproject.toml. What it is tested with, besides.' requirements-dev.txt

clean: ## remove what these commands made
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@python=; for name in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$name; break; fi; done; \
	if [ -z "$$python" ]; then \
	  echo "make: Crossline needs Python 3.11 or newer; name one with 'make PYTHON=/path/to/python3 ...'" >&2; exit 2; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "installing python3-venv"; \
	    (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv) >/dev/null; \
	  else echo "make: this Python cannot make environments; on Debian: apt-get install python3-venv" >&2; exit 2; fi; fi; \
	echo "making $(VENV) with $$("$$python" --version)"; \
	"$$python" -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(VENV)/bin/python
	@echo "installing what Crossline runs on (about 100 MB; some minutes on a slow line)"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "installing what it is tested with"
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@
