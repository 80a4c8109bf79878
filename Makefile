# Needs make and Python 3.11 or newer; everything else goes into .venv.
# Another Python: make demo PYTHON=/path/to/python3

candidates = $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11)
pip = .venv/bin/python -m pip --disable-pip-version-check install --quiet

figure = HOLDFAST_THREADS=1 .venv/bin/python benchmarks/collapse_figure.py
figured = --seeds 11 12 --audit-all 11 --arm replace --arm managed --arm "real rows alone" --arm "mix 30 %"

.PHONY: help demo figure figure-grammar figure-docstrings test clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    watch a model collapse and holdfast notice: writes the folder demo/"
	@echo "make figure  eight generations, left alone and managed, on two small corpora: writes the folder figure/"
	@echo "make test    lint, types and tests"
	@echo "make clean   remove everything that make made"

demo: .venv/.installed
	.venv/bin/holdfast demo -o demo

# Side by side, on two cores. A run that stands in the store is not made again, so an interrupted figure goes on where it was.
figure: .venv/.installed
	@echo "some minutes: two corpora, two seeds, four arms, eight generations; a line for each run"
	@$(MAKE) --no-print-directory --jobs=2 figure-grammar figure-docstrings
	@$(figure) page --store figure/runs.jsonl --output figure

figure-grammar figure-docstrings: figure-%: .venv/.installed
	@$(figure) run --reduced --corpus $* $(figured) --store figure/runs.jsonl

test: .venv/.installed-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	HOLDFAST_THREADS=1 .venv/bin/python -m pytest --numprocesses auto --dist worksteal

clean:
	rm -rf .venv .data demo figure build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A venv's python is a link to an older file, so its time says nothing: order only.
.venv/.installed: pyproject.toml | .venv/bin/python
	@echo "installing holdfast into .venv"
	@$(pip) -e .
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	@echo "installing holdfast and its tools into .venv"
	@$(pip) -e '.[dev]'
	@.venv/bin/python -m compileall -q src  # once, and not by every program that a test starts
	@touch $@ .venv/.installed

.venv/bin/python:
	@for candidate in $(candidates); do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    if "$$candidate" -m venv .venv; then exit 0; fi; \
	    rm -rf .venv; \
	    echo "$$candidate cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv" >&2; \
	    exit 1; \
	  fi; \
	done; \
	echo 'holdfast needs Python 3.11 or newer; found none as:' $(candidates) >&2; \
	echo 'Install one, or name it: make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3' >&2; \
	exit 1
