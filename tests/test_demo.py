"""The demonstration plays to its end on a fresh machine: no screen, no desktop, no key ring, no network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PICTURES = 10


def _plays(out: Path, *before: str) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DBUS", "DISPLAY", "WAYLAND"))}
    played = subprocess.run(
        [*before, sys.executable, "-m", "repondeur.demo", str(out)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    assert "Approuvée, notée dans le journal (ligne 1), puis copiée." in played.stdout
    assert "Aucun accès au réseau." in played.stdout
    pictures = sorted(out.glob("*.png"))
    assert len(pictures) == PICTURES
    assert all(p.stat().st_size > 4000 for p in pictures)


def test_the_demonstration_plays_with_the_network_taken_away(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        print("no network namespace can be made here: the demonstration is played with the network there")
        _plays(tmp_path)
    else:
        _plays(tmp_path, unshare, "-rn")


def test_a_network_access_would_be_seen(tmp_path: Path) -> None:
    """The positive control: what the demonstration counts is really counted."""
    program = (
        "import sys; from repondeur import demo; sys.addaudithook(demo._watch_network)\n"
        "import socket; s = socket.socket(); s.close(); print(len(demo.network_attempts))"
    )
    counted = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert counted.stdout.strip() == "1"


@pytest.mark.parametrize("scale", ["1.5"])
def test_the_demonstration_plays_dark_and_enlarged(tmp_path: Path, scale: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_SCALE_FACTOR", scale)
    played = subprocess.run(
        [sys.executable, "-m", "repondeur.demo", str(tmp_path), "--dark"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
