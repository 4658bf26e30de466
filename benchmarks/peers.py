"""The engine's peer: llama.cpp's own ``llama-bench``, from the source package of the llama-cpp-python in use.

It is built once, into ``build/peers/``, and linked to the very libraries that the program runs on, so the two differ in
nothing but what drives them.
"""

import json
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PEERS = Path(__file__).resolve().parents[1] / "build" / "peers"
LIBRARIES = ("llama-common", "llama", "ggml", "ggml-base", "ggml-cpu")


class PeerMissing(Exception):
    """llama-bench could not be built; the message says what was missing."""


@dataclass(frozen=True, slots=True)
class LlamaBench:
    """llama-bench on one model file with one thread count."""

    program: Path
    model: Path
    threads: int

    def decode(self, prompt: int, text: int) -> float:
        """Return the tokens a second of ``text`` tokens written after ``prompt`` tokens."""
        return float(self._run("-p", "0", "-n", str(text), "-d", str(prompt))["avg_ts"])

    def draft(self, prompt: int, text: int) -> float:
        """Return the seconds that reading ``prompt`` tokens and writing ``text`` tokens take."""
        return float(self._run("-p", "0", "-n", "0", "-pg", f"{prompt},{text}")["avg_ns"]) / 1e9

    def _run(self, *test: str) -> dict[str, Any]:
        common = ["-m", str(self.model), "-t", str(self.threads), "-ngl", "0", "-r", "1", "-o", "json"]
        done = subprocess.run([self.program, *common, *test], capture_output=True, text=True, check=True)
        (result,) = json.loads(done.stdout)
        return dict(result)


def llama_bench(model: Path, threads: int) -> LlamaBench:
    """Return the peer for ``model``, built first if need be (half a minute; it takes g++ and pip's index or cache).

    Raises:
        PeerMissing: it could not be built.
    """
    release = version("llama-cpp-python")
    program = PEERS / f"llama-bench-{release}"
    if not program.exists():
        print(f"building llama-bench from llama-cpp-python {release}…", file=sys.stderr, flush=True)
        try:
            _compile(_source(release), program)
        except (OSError, subprocess.CalledProcessError) as error:
            raise PeerMissing(getattr(error, "stderr", None) or str(error)) from error
    return LlamaBench(program, model, threads)


def _source(release: str) -> Path:
    """Return llama.cpp's tree from the source package of that release."""
    tree = PEERS / f"llama_cpp_python-{release}" / "vendor" / "llama.cpp"
    if not tree.is_dir():
        PEERS.mkdir(parents=True, exist_ok=True)
        fetch = ["download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", str(PEERS)]
        subprocess.run(
            [sys.executable, "-m", "pip", *fetch, f"llama-cpp-python=={release}"],
            capture_output=True,
            text=True,
            check=True,
        )
        with tarfile.open(PEERS / f"llama_cpp_python-{release}.tar.gz") as archive:
            archive.extractall(PEERS, filter="data")
    return tree


def _compile(tree: Path, program: Path) -> None:
    folder = _libraries()
    sources = sorted((tree / "tools" / "llama-bench").glob("*.cpp"))
    includes = [f"-I{tree / name}" for name in ("include", "ggml/include", "common", "vendor")]
    linked = [f"-L{folder}", *(f"-l{name}" for name in LIBRARIES), f"-Wl,-rpath,{folder}", "-lpthread"]
    command = ["nice", "g++", "-O3", "-DNDEBUG", "-std=c++17", *includes, *map(str, sources), "-o", str(program)]
    subprocess.run([*command, *linked], capture_output=True, text=True, check=True)


def _libraries() -> Path:
    """Return the folder that holds all of llama.cpp's libraries as the wheel installed them."""
    spec = find_spec("llama_cpp")
    if spec is None or spec.origin is None:
        raise PeerMissing("llama-cpp-python is not installed")
    folder = Path(spec.origin).parents[1] / "lib"
    if not (folder / "libllama-common.so").exists():
        raise PeerMissing(f"no libllama-common.so in {folder}")
    return folder
