#!/bin/sh
# Writes requirements/*.txt afresh from pyproject.toml: every package pinned, for every system, with its hashes and
# without any address. Needs uv. With no argument the versions at hand are kept where they still fit;
# « tools/pin.sh --upgrade » takes the newest ones.
set -eu
cd "$(dirname "$0")/.."

pin() {
    output=$1
    shift
    uv pip compile --universal --custom-compile-command tools/pin.sh --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
        --quiet --output-file "requirements/$output" "$@" >/dev/null
}

pin build.txt requirements/build.in "$@"
pin run.txt pyproject.toml "$@"
pin dev.txt pyproject.toml --extra test --extra lint --constraint requirements/run.txt "$@"
