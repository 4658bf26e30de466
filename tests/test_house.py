"""The tests' own ground (conftest.py) is shown to hold: each of its refusals is made to happen once."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

CARELESS = """
import os, socket, subprocess, sys, threading
import conftest, pytest

conftest._GRACE_SECONDS = 0.2
stop = threading.Event()

def test_leaves_a_process():
    globals()["process"] = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])

def test_leaves_a_thread():
    threading.Thread(target=stop.wait, daemon=True).start()

def test_speaks_to_the_network():
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", 1), timeout=1)

def test_tidy():
    subprocess.run([sys.executable, "-c", ""], check=True)
    globals()["process"].wait()
    stop.set()
"""


def test_a_careless_test_fails(tmp_path: Path) -> None:
    """A child process, a thread and a connection left by a test are each an error; a tidy test passes."""
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_careless.py").write_text(CARELESS, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "."]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert "4 passed, 3 errors" in answer.stdout
    assert "import time; time.sleep(60)" in answer.stdout
    assert "socket.connect" in answer.stdout


def test_folders_are_the_tests_own() -> None:
    """Where the program would look for a person's data, there is nothing but a folder of the tests."""
    from repondeur.paths import data_dir

    assert "repondeur-tests-" in str(data_dir())
    assert "DISPLAY" not in os.environ
    assert "DBUS_SESSION_BUS_ADDRESS" not in os.environ
