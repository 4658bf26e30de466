#!/bin/sh
# The house's checks: « lint » (format, lint, types), « test » (pytest; further arguments are pytest's). Each check
# runs even if an earlier one failed, pytest last, so that its closing line is the last thing to read.
set -u
cd "$(dirname "$0")/.."
python=.venv/bin/python
failed=

check() {
    echo "--- $1"
    shift
    "$@" || failed=1
}

if [ "${1:-}" = lint ]; then
    shift
    check "lint" "$python" -m ruff check .
    check "format" "$python" -m ruff format --check .
    check "types" "$python" -m mypy
fi
if [ "${1:-}" = test ]; then
    shift
    [ -z "$failed" ] || echo "--- a check above failed; the tests run all the same"
    # A test that hangs ends the run after five minutes, with the place where it stood.
    check "tests" "$python" -m pytest -o faulthandler_timeout=300 -o faulthandler_exit_on_timeout=true "$@"
fi
[ -z "$failed" ]
