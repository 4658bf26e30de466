#!/bin/sh
# Finds a Python that the program runs on (and installs one where apt is at hand), then lets it do the set-up.
# Usage: tools/setup.sh run|dev|training
set -eu
cd "$(dirname "$0")/.."

usable() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' >/dev/null 2>&1
}

# The project's own environment first: when it is sound, nothing has to be searched.
find_python() {
    for candidate in .venv/bin/python "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11 python3.14 \
        /usr/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[1-4]*/bin/python; do
        if usable "$candidate"; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

install_python() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root true 2>/dev/null || return 1
    echo "Python 3.11 or newer with venv is missing: installing Debian's (python3, python3-venv)…"
    as_root apt-get update -qq || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3 python3-venv >/dev/null
}

python=$(find_python) || { install_python && python=$(find_python); } || {
    echo "Python 3.11 to 3.14 with its venv module is needed and none was found." >&2
    echo "On Debian or Ubuntu:  sudo apt-get install python3 python3-venv" >&2
    echo "Elsewhere: install Python 3.11 or newer, or name one:  make run PYTHON=/path/to/python3" >&2
    exit 1
}
exec "$python" -m tools.bootstrap "$@"
