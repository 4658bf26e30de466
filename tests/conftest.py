"""What every test stands on: folders of its own, no screen, no key ring, no network, and nothing left behind.

Set before anything of Qt or of ours is imported: no test may see the person's desktop, data, key ring or clipboard.
Tests of the X server, of D-Bus or of a key ring start their own and hand the address to their own child processes.
"""

import atexit
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

_HOME = Path(tempfile.mkdtemp(prefix="repondeur-tests-"))
_FOLDERS = {
    "HOME": "home",
    "USERPROFILE": "home",
    "APPDATA": "home/appdata",
    "LOCALAPPDATA": "home/localappdata",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_RUNTIME_DIR": "run",
}
_ELSEWHERE = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL")
_GRACE_SECONDS = 5.0
_KEEPS_RUNNING = ("TMonitor",)  # tqdm's one thread, which the process keeps once gguf has shown a progress bar


def _move_out() -> None:
    """Point this process and its children at folders of their own, removed at the end."""
    for name, folder in _FOLDERS.items():
        path = _HOME / folder
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.environ[name] = str(path)
    for name in _ELSEWHERE:
        os.environ.pop(name, None)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    if sys.platform.startswith("linux"):
        os.environ["LC_ALL"] = "C.UTF-8"
    atexit.register(shutil.rmtree, _HOME, ignore_errors=True)


_move_out()

# Found examples must be found again by everybody, and a busy machine is no failure; HYPOTHESIS_PROFILE=search looks
# further, elsewhere each time.
_BUSY = [HealthCheck.too_slow]
settings.register_profile("house", derandomize=True, deadline=None, print_blob=True, suppress_health_check=_BUSY)
settings.register_profile("search", deadline=None, max_examples=2000, suppress_health_check=_BUSY)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))

_connections: list[str] = []


def _watch_network(event: str, arguments: tuple[object, ...]) -> None:
    """Audit hook: note each name looked up and each connection to another address than a local socket's path."""
    if event in {"socket.getaddrinfo", "socket.gethostbyname"} or (
        event == "socket.connect" and isinstance(arguments[1], tuple)
    ):
        _connections.append(f"{event}{arguments}")


sys.addaudithook(_watch_network)


def _children() -> set[int]:
    """Return this process's living children (on Linux; elsewhere none are seen)."""
    pids: set[int] = set()
    for listing in Path("/proc/self/task").glob("*/children"):
        try:
            pids.update(int(pid) for pid in listing.read_text().split())
        except OSError:  # a thread that ended meanwhile
            continue
    return {pid for pid in pids if _state(pid) not in {"", "Z"}}


def _state(pid: int) -> str:
    """Return the letter of a process's state, nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def _name(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        command = ""
    return f"process {pid} ({command})"


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not type(thread).__name__.startswith(_KEEPS_RUNNING)}


def _let_qt_finish() -> None:
    """Give Qt a turn, where there is a Qt: a QProcess that ended is only reaped then."""
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.processEvents()


@pytest.fixture(autouse=True)
def _nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a process or a thread behind, or that spoke to the network.

    What a fixture of a wider scope started before the test is not the test's.
    """
    children, threads, spoken = _children(), _threads(), len(_connections)
    yield
    deadline = time.monotonic() + _GRACE_SECONDS
    while (_children() - children or _threads() - threads) and time.monotonic() < deadline:
        _let_qt_finish()
        time.sleep(0.01)
    left = _children() - children
    message = [_name(pid) for pid in sorted(left)] + [repr(thread) for thread in _threads() - threads]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    message += _connections[spoken:]
    if message:
        pytest.fail(f"left behind, or spoken to the network: {', '.join(message)}", pytrace=False)
