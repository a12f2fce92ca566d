# The project's commands, for those who have just; each is one line that works without it.

# every check, as in CI
check:
    bin/test

# some tests: just test tests/wire -k hello
test *ARGUMENTS:
    bin/test {{ARGUMENTS}}

# bring the code into shape
format:
    .venv/bin/ruff format && .venv/bin/ruff check --fix

# the layers, drawn by import-linter's own words
layers:
    .venv/bin/lint-imports --verbose

# the pages and schemas of docs/
docs:
    .venv/bin/python -m tools.docs
    .venv/bin/python -m tlswhy.render.schema

# pack ../shared/oracle into tests/oracle
pack-oracle:
    .venv/bin/python -m tools.pack_oracle

# the measurements of bench/README.md
bench:
    .venv/bin/python bench/cold.py
    .venv/bin/python bench/speed.py
    .venv/bin/python bench/matrix.py
    .venv/bin/python bench/live.py
