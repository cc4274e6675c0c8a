# make run, make test: a fresh clone needs Python 3.11 with venv, make, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install
# What is set in many containers lets every process compile all modules anew: each service and worker takes a second more.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test test-long simulation roads-soak soak demo lint bench bench-scale bench-replay fuzz wheel install clean lock

run: $(VENV)/run.stamp
	@$(BIN)/email-connector welcome
	@exec $(BIN)/email-connector serve

test: $(VENV)/test.stamp
	$(BIN)/pytest -n 4 -m "not long" $(ARGS)

test-long: $(VENV)/test.stamp
	$(BIN)/pytest -n 2 -m long $(ARGS)

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

demo: $(VENV)/run.stamp
	@$(BIN)/python -m fixtures.demo

bench: $(VENV)/run.stamp
	@$(BIN)/python -m bench.run $(if $(KIT),--kit $(KIT)) $(ARGS)

fuzz: $(VENV)/test.stamp
	@$(PIP) atheris
	@$(BIN)/python -m tests.mail.fuzz build/fuzz $(or $(ARGS),-max_total_time=3600)

simulation: $(VENV)/test.stamp
	@$(BIN)/python -m tests.simulation $(ARGS)

roads-soak: $(VENV)/test.stamp
	@$(BIN)/python -m tests.soak $(ARGS)

soak: $(VENV)/test.stamp
	@$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),30) $(ARGS)

bench-scale: $(VENV)/test.stamp
	@$(BIN)/python -m bench.scale $(ARGS)

bench-replay: $(VENV)/run.stamp
	@$(BIN)/python -m bench.replay $(ARGS)

wheel: $(VENV)/test.stamp
	@rm -rf build/lib build/bdist.* dist
	@$(BIN)/pip --disable-pip-version-check wheel -q --no-deps --no-build-isolation -w dist .
	@cp requirements.lock dist/
	@ls dist

install: $(VENV)/run.stamp

lock: $(VENV)/test.stamp
	$(PIP) pip-tools
	$(BIN)/pip-compile -q $(LOCK) --extra postgresql -o requirements.lock pyproject.toml
	$(BIN)/pip-compile -q $(LOCK) --extra postgresql --extra test -c requirements.lock -o tests/requirements.lock pyproject.toml
LOCK := --allow-unsafe --generate-hashes --no-header --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

$(VENV)/run.stamp: requirements.lock pyproject.toml
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps -e .
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp tests/requirements.lock
	@echo "setting up the tools for tests (once)"
	@$(PIP) --require-hashes -r tests/requirements.lock
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
