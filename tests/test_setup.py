"""The set-up: pins that fit the project, plain words while it works, and system packages found, brought or named."""

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest

from tools import bootstrap, system
from tools.steps import Activity, SetupFailed, elapsed, run_step
from tools.system import Need

ROOT = Path(__file__).resolve().parents[1]
PINNED = ("build.txt", "run.txt", "dev.txt")


def pins(name: str) -> dict[str, str]:
    """Return package and version of each pin in a requirements file."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", text, re.MULTILINE))


def named(requirement: str) -> str:
    """Return the normalised name in a requirement such as ``PySide6-Essentials>=6.10``."""
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower().replace("_", "-").replace(".", "-")


def test_every_dependency_is_pinned() -> None:
    """What pyproject.toml asks for stands in the pins; the larger set pins the very same versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert {named(r) for r in project["dependencies"]} <= pins("run.txt").keys()
    assert {named(r) for r in [*extras["test"], *extras["lint"]]} <= pins("dev.txt").keys()
    assert pins("run.txt").items() <= pins("dev.txt").items()


@pytest.mark.parametrize("name", PINNED)
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    """Each pin is followed by at least one hash, and no line says where a package comes from."""
    text = (ROOT / "requirements" / name).read_text("utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(name))
    assert not [entry for entry in entries if "--hash=sha256:" not in entry]
    assert "://" not in text
    assert "index-url" not in text


def test_what_is_happening_is_said_in_plain_words() -> None:
    """Lines of pip, of the build and of apt-get become words; others leave them as they are."""
    activity = Activity()
    said = []
    for line in (
        "Using pip 26.3",
        "Collecting numpy==2.4.6",
        "  Downloading something",
        "  Building wheel for llama-cpp-python (pyproject.toml): started",
        "  [101/140] /usr/bin/g++ -DGGML_BUILD -c llama.cpp",
        "  warning: unused",
        "Installing collected packages: a, b",
        "Setting up xvfb (2:21.1.7-3) ...",
    ):
        activity.read(line)
        said.append(activity.words)
    assert said == [
        "",
        "fetching numpy",
        "fetching numpy",
        "compiling llama.cpp",
        "compiling llama.cpp, 101 of 140 files",
        "compiling llama.cpp, 101 of 140 files",
        "unpacking",
        "setting up xvfb",
    ]
    assert [elapsed(5.9), elapsed(65), elapsed(600)] == ["5 s", "1 min 05 s", "10 min 00 s"]


def test_a_step_speaks_while_it_works_and_logs_everything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long command is seen to live; its own noise is in the log alone."""
    monkeypatch.setattr("tools.steps.HEARTBEAT_SECONDS", 0.05)
    code = "import time; print('  [3/140] g++', flush=True); time.sleep(0.5)"
    run_step("Compiling", [sys.executable, "-c", code], tmp_path / "setup.log")
    shown = capsys.readouterr().out
    assert shown.startswith("Compiling…\n")
    assert "compiling llama.cpp, 3 of 140 files (0 s)" in shown
    assert "g++" not in shown
    assert "[3/140] g++" in (tmp_path / "setup.log").read_text("utf-8")


def test_a_failed_step_shows_its_last_lines(tmp_path: Path) -> None:
    """The message holds the reason and where the whole of it lies; a missing program is a failure too."""
    log = tmp_path / "setup.log"
    with pytest.raises(SetupFailed, match="no such option") as failure:
        run_step("Fetching", [sys.executable, "-c", "import sys; print('no such option'); sys.exit(3)"], log)
    assert str(log) in str(failure.value)
    with pytest.raises(SetupFailed, match="Fetching"):
        run_step("Fetching", [str(tmp_path / "nowhere")], log)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that stands for a machine's system: its programs are the only ones on the path."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("env", "sh", "touch", "true"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(programs))
    return tmp_path


def script(path: Path, text: str) -> None:
    """Write a program."""
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)


def wants(monkeypatch: pytest.MonkeyPatch, machine: Path, *, needed: bool) -> None:
    """Let the set-up look for one package, ``libthing1``, that brings the file ``libthing``."""
    need = [Need("libthing1", (machine / "libthing").exists)]
    monkeypatch.setattr(system, "needs", lambda *_, **__: (need, []) if needed else ([], need))


@pytest.mark.skipif(os.name == "nt", reason="system packages are Debian's")
def test_missing_packages_are_installed(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """apt-get is called as root, or by a sudo that asks nothing, with what is missing alone; then never again."""
    wants(monkeypatch, machine, needed=True)
    script(machine / "bin" / "sudo", 'shift; exec "$@"')
    script(
        machine / "bin" / "apt-get",
        f'echo "$@" >> "{machine}/calls"; case "$*" in *install*) touch "{machine}/libthing";; esac',
    )
    system.ensure("run", engine_built=True, log=machine / "log")
    calls = (machine / "calls").read_text().splitlines()
    assert [call.split()[-1] for call in calls] == ["update", "libthing1"]
    assert "--no-install-recommends" in calls[1]
    assert "libthing1" in capsys.readouterr().out
    system.ensure("run", engine_built=True, log=machine / "log")
    assert len((machine / "calls").read_text().splitlines()) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(os.name == "nt", reason="system packages are Debian's")
def test_a_missing_package_that_cannot_be_had_stops_with_the_command(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where apt-get fails, the command that a person would type is what they read."""
    wants(monkeypatch, machine, needed=True)
    script(machine / "bin" / "sudo", "exit 1")
    script(machine / "bin" / "apt-get", "echo no network; exit 100")
    with pytest.raises(SetupFailed, match="sudo apt-get install --no-install-recommends libthing1"):
        system.ensure("run", engine_built=True, log=machine / "log")


def test_a_useful_package_that_cannot_be_had_is_only_named(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What only some tests need stops nothing; on a system without apt-get the names are said to be Debian's."""
    wants(monkeypatch, machine, needed=False)
    system.ensure("dev", engine_built=True, log=machine / "log")
    shown = capsys.readouterr().out
    assert "libthing1" in shown
    assert "Debian" in shown


def test_tests_need_more_than_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A compiler is asked for until llama.cpp is there; screen libraries are a must where a screen is."""
    if not sys.platform.startswith("linux"):
        pytest.skip("system packages are Linux's")

    def packages(profile: str, *, engine_built: bool) -> tuple[set[str], set[str]]:
        needed, useful = system.needs(profile, engine_built=engine_built)
        return {n.package for n in needed}, {n.package for n in useful}

    assert "build-essential" in packages("run", engine_built=False)[0]
    assert "build-essential" not in packages("run", engine_built=True)[0]
    assert "xvfb" not in packages("run", engine_built=True)[1]
    assert "xvfb" in packages("dev", engine_built=True)[1]
    assert "libxcb-cursor0" in packages("run", engine_built=True)[1]
    monkeypatch.setenv("DISPLAY", ":7")
    assert "libxcb-cursor0" in packages("run", engine_built=True)[0]


def test_a_changed_pin_makes_the_setup_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stamp holds for the files it was made from, and a larger profile's for the smaller one."""
    for name, value in (("VENV", tmp_path), ("PINS", tmp_path), ("ROOT", tmp_path)):
        monkeypatch.setattr(bootstrap, name, value)
    for name in ("build.txt", "run.txt", "dev.txt", "training.txt", "pyproject.toml"):
        (tmp_path / name).write_text(name, "utf-8")
    assert not bootstrap.is_ready("run")
    bootstrap.stamp("dev").write_text(bootstrap.fingerprint("dev"), "utf-8")
    assert bootstrap.is_ready("run")
    assert bootstrap.is_ready("dev")
    assert not bootstrap.is_ready("training")
    (tmp_path / "dev.txt").write_text("another version", "utf-8")
    assert not bootstrap.is_ready("dev")


def test_an_environment_of_another_folder_is_not_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ``.venv``, one without a working interpreter, and one that belongs elsewhere are each made afresh."""
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    assert not bootstrap.venv_is_sound()
    bootstrap.python().parent.mkdir(parents=True)
    bootstrap.python().write_text("no program")
    assert not bootstrap.venv_is_sound()
    bootstrap.python().unlink()
    bootstrap.python().symlink_to(sys.executable)
    assert not bootstrap.venv_is_sound()


def test_an_unknown_profile_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The command line says which there are."""
    assert bootstrap.main(["everything"]) == 2
    assert "training" in capsys.readouterr().err
