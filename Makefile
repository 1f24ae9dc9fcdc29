# Everything runs from a fresh clone with Python 3.11+ and make; `demo` and `test` set up by themselves.
PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
READY  := $(VENV)/.ready

.PHONY: setup demo test bench screenshot lint weights browser clean

setup: $(READY) weights

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Musicologue needs Python 3.11 or newer; this is $$($(PYTHON) --version). Name another: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --upgrade "pip>=26"
	$(RUN) -m pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(RUN) -m pip install --quiet -c constraints.txt -e '.[dev,openai]'
	@touch $@

weights: $(READY)
	@$(RUN) -m agent models pull

demo: setup
	@song="$$($(RUN) -m agent models path demo-song)" \
	  && $(RUN) -m agent listen "$$song" && $(RUN) -m agent session docs/demo.yaml --track "$$song"

# The page at / is tested in a real browser: the one that is there, else Debian's, else Playwright's own.
browser: $(READY)
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; \
	else $(RUN) -m playwright install --with-deps chromium; fi >/dev/null

test: setup browser
	$(RUN) -m pytest -q -n 2 --dist loadfile

lint: $(READY)
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

bench: setup
	@$(RUN) -m agent bench

# docs/screenshot.svg: the terminal chat after three questions about the sample song.
screenshot: setup
	$(RUN) docs/screenshot.py

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache
