#!/bin/sh
# Starts the program; where no screen is to be seen, plays the demonstration and leaves pictures in build/demo.
set -eu
cd "$(dirname "$0")/.."
if [ "$(uname)" = Linux ] && [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec .venv/bin/python -m repondeur.demo build/demo
fi
exec .venv/bin/python -m repondeur "$@"
