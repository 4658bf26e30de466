"""Which system libraries and programs are needed, which of them are missing, and how apt-get brings them."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.steps import SetupFailed, run_step


@dataclass(frozen=True, slots=True)
class Need:
    """One Debian package and the probe that tells, on any distribution, whether what it brings is there."""

    package: str
    present: Callable[[], bool]


def _library(soname: str) -> Callable[[], bool]:
    def present() -> bool:
        try:
            ctypes.CDLL(soname)
        except OSError:
            return False
        return True

    return present


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _file(*patterns: str) -> Callable[[], bool]:
    return lambda: any(next(Path("/").glob(pattern.lstrip("/")), None) for pattern in patterns)


def _compiler() -> bool:
    return any(shutil.which(name) for name in ("c++", "g++", "clang++"))


# Found by adding, on a bare Debian, the package of each missing library in turn; none of them brings another one.
QT = (
    Need("libgl1", _library("libGL.so.1")),
    Need("libegl1", _library("libEGL.so.1")),
    Need("libglib2.0-0", _library("libglib-2.0.so.0")),
    Need("libfontconfig1", _library("libfontconfig.so.1")),
    Need("libdbus-1-3", _library("libdbus-1.so.3")),
    Need("libxkbcommon-x11-0", _library("libxkbcommon-x11.so.0")),
)
SCREEN = (
    Need("libxcb-cursor0", _library("libxcb-cursor.so.0")),
    Need("libxcb-icccm4", _library("libxcb-icccm.so.4")),
    Need("libxcb-keysyms1", _library("libxcb-keysyms.so.1")),
    Need("libxcb-shape0", _library("libxcb-shape.so.0")),
    Need("libwayland-cursor0", _library("libwayland-cursor.so.0")),
)
ENGINE = (Need("libgomp1", _library("libgomp.so.1")),)
COMPILER = Need("build-essential", _compiler)
TESTS = (
    Need("xvfb", _program("Xvfb")),
    Need("xauth", _program("xauth")),
    Need("xdotool", _program("xdotool")),
    Need("xclip", _program("xclip")),
    Need("strace", _program("strace")),
    Need("dbus", _program("dbus-run-session")),
    Need("gnome-keyring", _program("gnome-keyring-daemon")),
    Need("libsecret-tools", _program("secret-tool")),
    Need("at-spi2-core", _file("/usr/libexec/at-spi-bus-launcher", "/usr/lib*/at-spi2*/at-spi-bus-launcher")),
    Need(
        "gir1.2-atspi-2.0",
        _file("/usr/lib*/girepository-1.0/Atspi-2.0.typelib", "/usr/lib/*/girepository-1.0/Atspi-2.0.typelib"),
    ),
    Need(
        "python3-gi",
        _file("/usr/lib/python3*/dist-packages/gi/__init__.py", "/usr/lib*/python3*/site-packages/gi/__init__.py"),
    ),
)
TRAINING = (  # to count misspelt words in what the model writes
    Need("hunspell", _program("hunspell")),
    Need("hunspell-fr", _file("/usr/share/hunspell/fr*.dic", "/usr/share/myspell/dicts/fr*.dic")),
)


def needs(profile: str, *, engine_built: bool) -> tuple[list[Need], list[Need]]:
    """Return what ``profile`` cannot do without, and what it can.

    The first list stops the set-up when it cannot be had. The second costs the tests that use it, which then say so,
    or the window on a machine that shows none.
    """
    if not sys.platform.startswith("linux"):
        return [], []
    has_screen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    needed = [*QT, *ENGINE, *(SCREEN if has_screen else ()), *(() if engine_built else (COMPILER,))]
    useful = [*(() if has_screen else SCREEN), *(TESTS if profile != "run" else ())]
    useful += TRAINING if profile == "training" else ()
    return needed, useful


def missing(wanted: Iterable[Need]) -> list[str]:
    """Return the packages whose probe finds nothing."""
    return [need.package for need in wanted if not need.present()]


def become_root() -> list[str] | None:
    """Return the prefix that runs a command as root without asking anything, or ``None``."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0:  # noqa: S603
        return [sudo, "-n"]
    return None


def ensure(profile: str, *, engine_built: bool, log: Path) -> None:
    """Install the missing system packages, or say which they are.

    Raises:
        SetupFailed: something that ``profile`` cannot do without is missing and cannot be installed from here.
    """
    needed, useful = needs(profile, engine_built=engine_built)
    lacking = missing([*needed, *useful])
    if lacking:
        _install(lacking, log)
    still_needed, still_useful = missing(needed), missing(useful)
    if still_needed:
        raise SetupFailed(f"These system packages are needed and missing:\n{advice(still_needed + still_useful)}")
    if still_useful:
        print(f"Some system packages are missing; what needs them is left out:\n{advice(still_useful)}", flush=True)


def advice(packages: list[str]) -> str:
    """Return the command that a person types to install ``packages``."""
    command = "  sudo apt-get install --no-install-recommends " + " ".join(packages)
    if shutil.which("apt-get"):
        return command
    return f"{command}\n  (these are Debian's names: install their equivalents with your system's package manager)"


def _install(packages: list[str], log: Path) -> None:
    """Install ``packages`` with apt-get where that needs no password; the caller looks again at what is missing."""
    root = become_root()
    if root is None or not shutil.which("apt-get"):
        return
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-o", "DPkg::Lock::Timeout=120"]
    print(f"Installing {len(packages)} system package(s): {' '.join(packages)}", flush=True)
    try:
        run_step("Reading the list of system packages", [*apt, "update"], log)
    except SetupFailed:
        print("  the list could not be refreshed; trying with the one at hand", flush=True)
    # A failure is told by what is still missing afterwards: one package that has another name must not stop the rest.
    try:
        run_step("Installing system packages", [*apt, "install", "--no-install-recommends", *packages], log)
    except SetupFailed as error:
        print(error, flush=True)
