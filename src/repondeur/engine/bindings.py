"""The native library: llama.cpp's C functions through llama-cpp-python's declarations, nothing else of that package.

Only the engine's process imports this module.
"""

import ctypes
import importlib
import importlib.util
import sys
import types
from collections import deque
from pathlib import Path
from typing import Any, Final

LOG_LINES: Final = 64
_OUT_OF_MEMORY: Final = (
    "cannot allocate memory",
    "failed to allocate",
    "unable to allocate",
    "bad_alloc",
    "out of memory",
)


def _declarations() -> Any:
    """Import ``llama_cpp.llama_cpp`` without its package, which would bring numpy, jinja2 and 120 ms with it."""
    if "llama_cpp" not in sys.modules:
        spec = importlib.util.find_spec("llama_cpp")
        if spec is None or spec.submodule_search_locations is None:
            raise ImportError("llama_cpp")
        package = types.ModuleType("llama_cpp")
        package.__path__ = list(spec.submodule_search_locations)
        package.__spec__ = spec
        package.__file__ = spec.origin
        sys.modules["llama_cpp"] = package
    return importlib.import_module("llama_cpp.llama_cpp")


C: Any = _declarations()
"""llama.cpp's functions, structures and constants under their C names."""


class Log:
    """The last lines that llama.cpp logged, kept in memory to tell why something failed; they go nowhere else."""

    def __init__(self) -> None:
        """Start listening."""
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._callback = C.llama_log_callback(self._take)
        C.llama_log_set(self._callback, None)

    def _take(self, _level: int, text: bytes | None, _data: object) -> None:
        self._lines.append((text or b"").decode("utf-8", "replace").lower())

    def clear(self) -> None:
        """Forget what was said so far."""
        self._lines.clear()

    def tells_out_of_memory(self) -> bool:
        """Whether an allocation failed since the last :meth:`clear`."""
        return any(sign in line for line in self._lines for sign in _OUT_OF_MEMORY)


class Halt:
    """A flag that native code reads: llama.cpp asks it before each node of a computation.

    The C function asked is ``strlen`` on a buffer of two bytes: 0 while the first is NUL, 1 afterwards. A Python
    callback there would cost a small model half of its speed.
    """

    def __init__(self) -> None:
        """Start lowered."""
        self.raised = False
        self._buffer = ctypes.create_string_buffer(2)
        libc = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
        self._strlen = ctypes.cast(libc.strlen, C.ggml_abort_callback)

    def up(self) -> None:
        """Ask whatever computes to end."""
        self.raised = True
        self._buffer[0] = b"\1"

    def down(self) -> None:
        """Let computations run."""
        self.raised = False
        self._buffer[0] = b"\0"

    def watch(self, context: int) -> None:
        """Have llama.cpp ask this flag when it computes in ``context``."""
        C.llama_set_abort_callback(context, self._strlen, ctypes.cast(self._buffer, ctypes.c_void_p))


def start() -> Log:
    """Load the processor's backend and return the log."""
    log = Log()
    _load_backends()
    C.llama_backend_init()
    return log


def _load_backends() -> None:
    """Load the variant made for this processor, where the library was built with several.

    ``llama_backend_init`` alone would look in the current folder. The function is reached through the library that
    llama.cpp itself is linked to: the wheel's own wrapper may map a second copy, with a registry of its own.
    """
    folder = Path(C.__file__).parent / "lib"
    if not any(folder.glob("*ggml-cpu-*")):
        return
    library = ctypes.CDLL(str(folder / "ggml.dll")) if sys.platform == "win32" else C._lib
    load = library.ggml_backend_load_all_from_path
    load.argtypes, load.restype = [ctypes.c_char_p], None
    load(str(folder).encode("utf-8"))
