"""The engine's cage, tried from inside: no socket, no program, no file; and no orphan when the parent dies."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from engine_support import alive, compact, model

from repondeur.engine import machine, sandbox

__all__ = ["model"]
Models = Callable[..., Path]
LINUX = sys.platform.startswith("linux")
on_linux = pytest.mark.skipif(not LINUX, reason="the cage is Linux's")

ATTEMPTS = """
import ctypes, json, os, pathlib, socket, subprocess, sys, threading
from repondeur.engine import sandbox
attempts = {
    "inet": lambda: socket.socket(socket.AF_INET),
    "inet6": lambda: socket.socket(socket.AF_INET6),
    "udp": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "unix": lambda: socket.socket(socket.AF_UNIX),
    "netlink": lambda: socket.socket(16, socket.SOCK_RAW),
    "pair": lambda: socket.socketpair(),
    "native": lambda: native(),
    "io_uring": lambda: io_uring(),
    "thread": lambda: in_thread(),
    "program": lambda: subprocess.run(["/bin/true"], check=True),
    "file": lambda: pathlib.Path(sys.argv[1]).write_text("avis" * 100),
    "core": lambda: [][any(resource.getrlimit(resource.RLIMIT_CORE))],
}
import resource
libc = ctypes.CDLL(None, use_errno=True)
def refused(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
def native():
    refused(libc.socket(2, 1, 0))
def io_uring():
    refused(libc.syscall(425, 8, ctypes.create_string_buffer(256)))
def in_thread():
    found = []
    def run():
        try:
            socket.socket()
        except OSError as error:
            found.append(error)
    thread = threading.Thread(target=run); thread.start(); thread.join()
    if found:
        raise found[0]
def outcome(attempt):
    try:
        attempt()
    except Exception as error:
        return type(error).__name__
    return "done"
before = {name: outcome(attempts[name]) for name in ("inet", "unix", "pair", "native", "program")}
sealed = sandbox.seal()
after = {name: outcome(attempt) for name, attempt in attempts.items()}
after["reading"] = outcome(lambda: open(sandbox.__file__).read())
print(json.dumps([sealed, before, after]))
"""


@on_linux
def test_a_sealed_process_gets_no_socket_no_program_and_no_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ATTEMPTS, str(tmp_path / "fuite.txt")],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )
    sealed, before, after = json.loads(done.stdout)
    assert sealed
    assert set(before.values()) == {"done"}, "the attempts themselves work outside the cage"
    assert after.pop("reading") == "done"
    assert after.pop("core") == "IndexError", "no core file"
    assert "done" not in after.values(), after
    assert not (tmp_path / "fuite.txt").read_bytes()


@on_linux
def test_memory_is_bounded() -> None:
    code = (
        "from repondeur.engine import sandbox; sandbox.limit_memory(64 << 20); bytes(16 << 20)\n"
        "try:\n    bytes(256 << 20)\nexcept MemoryError:\n    print('bounded')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60)
    assert done.stdout.strip() == "bounded"


@on_linux
def test_a_filter_that_the_system_refuses_is_no_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from repondeur.engine import sandbox\n"
        "sandbox._program = lambda *_: b'\\0' * 8\n"
        "try:\n    sandbox.seal()\nexcept sandbox.NotSealed:\n    print('told')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True, timeout=60)
    assert done.stdout.strip() == "told"


def test_both_machines_have_a_whole_program() -> None:
    for architecture, calls in sandbox._MACHINES.values():
        program = sandbox._program(architecture, calls)
        assert len(program) == 8 * (7 + len(calls))


def worker() -> list[str]:
    return [sys.executable, "-P", "-m", "repondeur.engine.worker"]


def conversation(path: Path, tokens: int) -> bytes:
    sampling = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "repeat_penalty": 1.1}
    sampling |= {"repeat_last": 64, "seed": 1, "max_tokens": tokens}
    load = {"op": "load", "job": 0, "path": str(path), "threads": 2}
    draft = {"op": "draft", "job": 1, "prompt": compact("Bon pain."), "sampling": sampling}
    return b"".join(json.dumps(request).encode() + b"\n" for request in (load, draft))


@on_linux
def test_a_whole_draft_makes_no_network_call(model: Models, tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "appels.txt"
    command = ["strace", "-f", "-qq", "-e", "trace=%network", "-o", str(log), *worker()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(conversation(model("starter"), 24))
        process.stdin.flush()
        events = []
        while not events or events[-1]["event"] not in ("done", "failed"):
            events.append(json.loads(process.stdout.readline()))
        process.stdin.close()
    assert events[-1]["event"] == "done"
    assert log.read_text() == ""


@on_linux
def test_strace_would_have_seen_a_socket(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "appels.txt"
    code = "import socket; socket.socket().close()"
    subprocess.run(["strace", "-f", "-qq", "-e", "trace=%network", "-o", log, sys.executable, "-c", code], check=True)
    assert "AF_INET" in log.read_text()


PARENT = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from repondeur.engine.client import Engine
from repondeur.engine.protocol import Sampling
import json
app = QCoreApplication([])
engine = Engine(Path(sys.argv[1]), threads=1)
def told(*_):
    print(engine.pid, flush=True)
    engine.text.disconnect(told)
engine.text.connect(told)
engine.draft(json.loads(sys.argv[2]), Sampling(max_tokens=8000, seed=1))
app.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("busy", [True, False])
def test_no_orphan_when_the_parent_is_killed(busy: bool, model: Models, tmp_path: Path) -> None:
    path = model("starter", context=8192, width=128, layers=4) if busy else model("starter")
    arguments = [sys.executable, "-c", PARENT, str(path), json.dumps(compact("Bon pain."))]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.send_signal(signal.SIGKILL)
    assert gone(child)


def gone(pid: int) -> bool:
    """Wait for a process that is not our child to end."""
    deadline = time.monotonic() + 20
    while alive(pid) and time.monotonic() < deadline:
        os.sched_yield() if hasattr(os, "sched_yield") else None
    return not alive(pid)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
def test_a_child_ends_with_its_pipe_even_in_native_code(model: Models) -> None:
    with subprocess.Popen(worker(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(conversation(model("starter", context=8192, width=256, layers=8), 8000))
        process.stdin.flush()
        while b'"text"' not in process.stdout.readline():
            pass
        process.stdin.close()
        assert process.wait(20) == 0


@pytest.mark.parametrize("line", [b"pas du JSON\n", b"[1]\n", b"x" * (3 << 20)])
def test_a_parent_that_talks_nonsense_is_left(line: bytes) -> None:
    done = subprocess.run(worker(), input=line, capture_output=True, timeout=60, check=False)
    assert done.returncode == 4
    assert done.stdout == b""


def test_a_job_before_the_model_is_a_code(model: Models) -> None:
    request = {"op": "prefill", "job": 7, "prompt": compact("Bon pain.")}
    with subprocess.Popen(worker(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"event": "failed", "job": 7, "code": "bad_request"}
        assert process.wait(20) == 1


def test_what_native_code_prints_does_not_reach_the_pipe(model: Models) -> None:
    code = (
        "import os, sys; from repondeur.engine import worker\n"
        "seal = worker.sandbox.seal\n"
        "def noisy():\n    os.write(1, b'bruit natif\\n')\n    print('bruit')\n    return seal()\n"
        "worker.sandbox.seal = noisy\nsys.exit(worker.main())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(conversation(model("starter"), 5))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["event"] == "loaded"
        process.stdin.close()
        assert b"bruit natif" in process.stderr.read()


def test_the_machine_says_something_sensible() -> None:
    assert 1 <= machine.physical_cores() <= (os.cpu_count() or 1)
    assert 1 <= machine.engine_threads() <= machine.physical_cores()
    memory = machine.available_memory()
    assert memory is None or memory > 1 << 20
    assert machine.oom_kills() >= 0
