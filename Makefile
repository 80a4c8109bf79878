# Needs make and Python 3.11 or newer; everything else goes into .venv.
# Another Python: make demo PYTHON=/path/to/python3

candidates = $(if $(PYTHON),"$(PYTHON)",python3 python3.14 python3.13 python3.12 python3.11)
pip = .venv/bin/python -m pip --disable-pip-version-check install --quiet

.PHONY: help demo test clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    watch a model collapse and holdfast notice: writes the folder demo/"
	@echo "make test    lint, types and tests"
	@echo "make clean   remove everything that make made"

demo: .venv/.installed
	.venv/bin/holdfast demo -o demo

test: .venv/.installed-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	HOLDFAST_THREADS=1 .venv/bin/python -m pytest --numprocesses auto --dist worksteal

clean:
	rm -rf .venv .data demo build dist src/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
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
