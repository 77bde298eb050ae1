# make demo   installs hearout and analyses a sample call
# make test   installs everything and runs all tests
# make help   the rest

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SAMPLE ?= samples/leap_model.dual.flac

.PHONY: help demo install test install-all system-packages models check lint types contracts settings schema exports fit lock bench clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: install  ## Install the base and analyse a sample call
	$(BIN)/hearout analyze $(SAMPLE)

install: $(BIN)/hearout  ## Install the base (no torch) into .venv

$(BIN)/hearout: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 11) else f"hearout needs Python 3.11 or newer, this is {v.major}.{v.minor}; name one: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	@touch $@

test: install-all  ## Install all extras, models and browsers, and pass the tests
	$(BIN)/python -m pytest

install-all: $(VENV)/.all system-packages models

$(VENV)/.all: $(BIN)/hearout
	$(PIP) -e '.[mono,postgres,parquet,pdf,dev]'
	@touch $@

system-packages:
	@sh .ci/system-packages

models: $(VENV)/.all
	$(BIN)/hearout models pull base tiny.en segmentation-3.0 campplus minilm

check: lint types contracts  ## Lint, types, import contracts

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

contracts:
	$(BIN)/lint-imports

bench: $(VENV)/.all  ## Measure speed, and how right speech in noise, calls on one channel and written calls are
	$(BIN)/python tests/bench/written_calls.py
	$(BIN)/python tests/bench/checklists.py
	$(BIN)/python tests/bench/rescore.py
	$(BIN)/python tests/bench/analyze.py
	$(BIN)/python tests/bench/page.py
	$(BIN)/python tests/bench/batch.py
	$(BIN)/python tests/bench/store.py
	$(BIN)/python tests/bench/team_report.py
	$(BIN)/python tests/bench/noise.py
	$(BIN)/python tests/bench/mono.py

lock:  ## Make constraints.txt anew (needs uv)
	uv pip compile --quiet pyproject.toml --all-extras --universal --fork-strategy fewest --python-version 3.11 \
	  --no-header --no-annotate --upgrade -c .ci/lock-pins.txt -o constraints.txt
	@sed -i '1i # Locked versions of everything, for pip install -c constraints.txt. Made anew by: make lock' constraints.txt

clean:  ## Remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

exports:  ## Write the columns in docs/exports.md anew
	$(BIN)/python -c 'import re, pathlib; from pipeline.store.columns import describe_tables as d; p = pathlib.Path("docs/exports.md"); p.write_text(re.sub(r"(<!-- columns.*?-->\n).*(<!-- end -->)", lambda m: m[1] + "\n" + d() + "\n" + m[2], p.read_text(), flags=re.S))'

fit: $(VENV)/.all  ## Fit the shipped moves anew, after a change in configs/moves (a minute)
	$(BIN)/python -m pipeline.moves.fit

settings:  ## Write configs/hearout.yaml anew
	$(BIN)/python -c 'from pipeline.settings import settings_yaml; print(settings_yaml(), end="")' > configs/hearout.yaml

schema:  ## Write the JSON Schemas in docs/ anew
	$(BIN)/python -c 'import json; from pipeline.report.schema import json_schema; print(json.dumps(json_schema(), indent=1, ensure_ascii=False))' > docs/analysis.schema.json
	$(BIN)/python -c 'import json; from pipeline.checklist import json_schema; print(json.dumps(json_schema(), indent=1, ensure_ascii=False))' > docs/checklist.schema.json
