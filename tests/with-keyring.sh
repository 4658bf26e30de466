#!/bin/sh
# with-keyring.sh COMMAND…: run COMMAND in a D-Bus session of its own with a real key ring (gnome-keyring), unlocked.
# KEYRING_HOME=FOLDER keeps the ring's files there for the next call; without it they are thrown away.
# KEYRING=absent leaves the session without any key ring, KEYRING=closed lets it start on demand, never unlocked.
set -eu
if [ -n "${KEYRING_HOME:-}" ]; then
    T=$KEYRING_HOME
else
    T=$(mktemp -d)
    trap 'rm -rf "$T"' EXIT
    trap 'exit 1' INT TERM
fi
mkdir -p -m 700 "$T/run" "$T/data" "$T/config"
unset DISPLAY WAYLAND_DISPLAY GNOME_KEYRING_CONTROL DBUS_SESSION_BUS_ADDRESS
export KEYRING="${KEYRING:-open}"
set -- sh -c '
if [ "$KEYRING" = open ]; then
    printf %s motdepasse | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
fi
exec "$@"' sh "$@"
if [ "$KEYRING" = absent ]; then
    cat >"$T/bus.conf" <<'BUS'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><!-- no folder of services: nothing is started on demand -->
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
BUS
    set -- --config-file="$T/bus.conf" -- "$@"
else
    set -- -- "$@"
fi
HOME="$T" XDG_DATA_HOME="$T/data" XDG_CONFIG_HOME="$T/config" XDG_RUNTIME_DIR="$T/run" dbus-run-session "$@"
