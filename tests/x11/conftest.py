"""A real X server without a screen, windows on it in processes of their own, and hands to use them from outside."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from x11_hands import HERE, Hands, Program, end

SOURCES = HERE.parents[1] / "src"
NEEDED = ("Xvfb", "xdotool", "xclip")


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of programs on a fresh X server, with a D-Bus session of their own where there is a daemon."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"no real X server to test on, missing: {', '.join(missing)} (make test installs them)")
    runtime = tmp_path_factory.mktemp("runtime")
    runtime.chmod(0o700)
    env = dict(
        os.environ, QT_QPA_PLATFORM="xcb", PYTHONPATH=str(SOURCES), XDG_RUNTIME_DIR=str(runtime), LC_ALL="C.UTF-8"
    )
    env |= {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "NO_AT_BRIDGE": "0", "HOME": str(runtime)}
    for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "QT_SCALE_FACTOR", "AT_SPI_BUS_ADDRESS"):
        env.pop(name, None)
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x600x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert server.stdout
    env["DISPLAY"] = ":" + server.stdout.readline().strip()
    bus = None
    if shutil.which("dbus-daemon"):
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True, env=env,
        )  # fmt: skip
        assert bus.stdout
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
    yield env
    if bus:
        end(bus)
    end(server)


@pytest.fixture(scope="session")
def hands(display: dict[str, str]) -> Hands:
    """The keyboard, the mouse, the clipboard."""
    return Hands(display)


def _program(role: str, display: dict[str, str], hands: Hands) -> Iterator[Program]:
    program = Program(role, display, hands)
    yield program
    program.end()


@pytest.fixture(scope="session")
def _fenced(display: dict[str, str], hands: Hands) -> Iterator[Program]:
    yield from _program("fenced", display, hands)


@pytest.fixture(scope="session")
def _stock(display: dict[str, str], hands: Hands) -> Iterator[Program]:
    yield from _program("stock", display, hands)


@pytest.fixture(scope="session")
def _sink(display: dict[str, str], hands: Hands) -> Iterator[Program]:
    yield from _program("sink", display, hands)


@pytest.fixture
def fenced(_fenced: Program) -> Program:
    """The program's own parts around an unapproved draft."""
    return _fenced.fresh()


@pytest.fixture
def stock(_stock: Program) -> Program:
    """The same window made of Qt's own parts: the control."""
    return _stock.fresh()


@pytest.fixture
def sink(_sink: Program) -> Program:
    """Another program."""
    return _sink.fresh()
