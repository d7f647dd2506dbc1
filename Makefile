# Two commands on a fresh machine: `make report` and `make test`. Both begin with `make setup`.
PYTHON ?= python3
BIN := .venv/bin
BROWSERS := chromium chromium-browser google-chrome

.PHONY: report test slow setup browser cluster gates clean golden pictures bench

report: setup ## measure the shipped study on this machine and build the site
	@echo "report: measuring what this machine has not measured yet, then building site/"
	@$(BIN)/capstone run
	@$(BIN)/capstone build --machine here

test: setup gates ## run every check and every test but the slow ones
	@echo "test: pytest with branch coverage, one process per core"
	@$(BIN)/python -m pytest -m "not slow" --numprocesses=logical --dist=worksteal --cov --cov-report=term

slow: setup cluster ## run the slow tests: faults at every step, 200 kills, whole templates, Slurm, shaped links
	@echo "slow: pytest"
	@$(BIN)/python -m pytest -m slow

gates: setup
	@echo "test: format, lint, types, layers"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

setup: .venv/.ready browser ## make .venv and install everything, a browser for the tests included

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "setup: Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "setup: making .venv and installing capstone with the versions of constraints.txt (a minute or two)"
	@$(PYTHON) -m venv .venv
	@quiet=$$([ -t 1 ] || echo --quiet); $(BIN)/python -m pip install $$quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

browser:
	@for name in $(BROWSERS); do if command -v $$name >/dev/null; then exit 0; fi; done; \
	if ! command -v apt-get >/dev/null; then echo "setup: no Chromium here and no apt-get; the browser tests of 'make test' will fail"; exit 0; fi; \
	echo "setup: installing chromium for the browser tests (apt-get)"; \
	sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null

cluster: ## install Slurm, and what shapes a link, for the tests that make several machines of this one
	@if command -v sbatch >/dev/null && command -v munged >/dev/null && command -v tc >/dev/null; then exit 0; fi; \
	if ! command -v apt-get >/dev/null; then echo "setup: no Slurm or iproute2 here and no apt-get; their tests will be skipped"; exit 0; fi; \
	echo "setup: installing Slurm and iproute2 for the tests (apt-get)"; \
	sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge iproute2 >/dev/null \
	|| echo "setup: apt-get failed; the tests of clusters and links will be skipped"

clean: ## remove what the commands above made, measurements excepted
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage
	find site -mindepth 1 ! -name .gitignore -delete

golden: setup ## write golden pages and generated documents anew, to be read as a diff
	@CAPSTONE_GOLDEN=write $(BIN)/python -m pytest -q tests/report/test_golden.py tests/test_generated.py tests/flaws/test_planted.py tests/flaws/test_documented.py

pictures: setup browser ## draw the pictures of the documents anew, in a real Chromium
	@PYTHONPATH=tests $(BIN)/python tests/pictures.py

bench: setup ## print how long things take, against their targets; on a quiet machine
	@for script in tests/benchmarks/*.py; do PYTHONPATH=tests $(BIN)/python $$script; done
