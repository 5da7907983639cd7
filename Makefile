# make demo   the main job on real input, served on http://127.0.0.1:8000
# make test   every test, on SQLite or on the database in KEQIAO_DATABASE_URL
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
# Every command of the product would compile its modules anew
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test check types style fix bench diagrams lock clean

help:
	@sed -n 's/^# //p' Makefile; echo "make check | fix | bench | diagrams | lock | clean"

# uv takes a sixth of pip's time; where only pip knows the way to the packages, pip goes
INSTALL = f() { UV_SYSTEM_CERTS=1 $(BIN)/uv pip install --quiet --python $(BIN)/python "$$@" 2>/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check "$$@"; }; f

$(VENV)/made:
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更高版本：请先安装，或用 make PYTHON=/path/to/python3.11。"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	-@$(BIN)/pip install --quiet --disable-pip-version-check $$(grep '^uv==' requirements-dev.txt)
	@touch $@

# What the product needs to run
$(VENV)/site: requirements.txt pyproject.toml $(VENV)/made
	@echo "安装运行所需的程序包 …"
	@$(INSTALL) -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

# What building and testing it needs besides
$(VENV)/dev: requirements-dev.txt $(VENV)/site
	@echo "安装测试所需的程序包 …"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

demo: $(VENV)/site
	$(BIN)/keqiao demo

test: $(VENV)/dev
	$(BIN)/python -m pytest -n $${KEQIAO_TEST_WORKERS:-2} --dist worksteal $(ARGS)

# Types take one core about as long as all the rest takes the other
check: $(VENV)/dev
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types style

types: $(VENV)/dev
	$(BIN)/mypy src

style: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/djlint --lint --quiet src/keqiao/web/templates

fix: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# SIZE=20000 ends in a minute; SIZE=1000000 is the city
bench: $(VENV)/dev
	$(BIN)/python -m bench.run --size $${SIZE:-20000}

diagrams: $(VENV)/dev
	$(BIN)/python manage.py diagrams

lock: $(VENV)/dev
	$(BIN)/uv pip compile --quiet --python-version 3.11 --no-header --no-emit-index-url --no-annotate --extra site --group build pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --python-version 3.11 --no-header --no-emit-index-url --no-annotate --extra site --group build --group dev pyproject.toml -o requirements-dev.txt

clean:
	rm -rf $(VENV) build dist *.egg-info
