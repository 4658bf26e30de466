"""What the engine's process does when asked: load, prefill, draft. Imported once the process is sealed."""

import os
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NoReturn, Protocol

from repondeur.engine import gguf, machine, sandbox
from repondeur.engine.assemble import Tokens, assemble
from repondeur.engine.bindings import Halt, Log
from repondeur.engine.chat import TemplateRefused
from repondeur.engine.model import Fault, Model
from repondeur.engine.pace import choose
from repondeur.engine.protocol import (
    LOAD_JOB,
    Code,
    Done,
    Event,
    Failed,
    Loaded,
    Prefilled,
    ProtocolError,
    Sampling,
    Text,
)
from repondeur.errors import ModelFileError, ModelTooLarge

CHAT_CONTEXT: Final = 4096
"""The context, in tokens, that a larger model gets: enough for any review, and little memory."""

STARTER_CONTEXT: Final = 8192
RESERVED: Final = 1 << 30
"""Address space, in bytes, that threads reserve and never touch; it is no memory, but the system's limit counts it."""

SMALLEST_REPLY: Final = 32
"""Room, in tokens, that a prompt must leave for the reply."""


class Output(Protocol):
    """Where events go."""

    def send(self, event: Event) -> None:
        """Write one event."""

    def alive(self, job: int) -> None:
        """Give a sign of life."""


class Requests(Protocol):
    """Where requests come from."""

    def next(self) -> dict[str, Any]:
        """Wait for the next job."""

    def begin(self, job: int, *, gives_way: bool) -> None:
        """Say that ``job`` runs and whether any other request ends it."""

    def end(self) -> None:
        """Say that nothing runs."""


class Worker:
    """The jobs, one after another."""

    def __init__(self, channel: Output, inbox: Requests, halt: Halt, log: Log, *, sealed: bool) -> None:
        """Keep the parts. ``sealed`` is told to the parent."""
        self._channel = channel
        self._inbox = inbox
        self._halt = halt
        self._log = log
        self._sealed = sealed
        self._loaded: Model | None = None
        self._template = ""

    def run(self) -> NoReturn:
        """Do jobs for ever; the inbox ends the process."""
        while True:
            request = self._inbox.next()
            number = request.get("job")
            job = number if isinstance(number, int) and number >= 0 else LOAD_JOB
            self._inbox.begin(job, gives_way=request.get("op") == "prefill")
            code = self._do(job, request)
            self._inbox.end()
            if code is not None:
                self._channel.send(Failed(job, code))
            if code in (Code.INTERNAL, Code.OUT_OF_MEMORY) or (code and self._loaded is None):
                os._exit(1)

    def _do(self, job: int, request: dict[str, Any]) -> Code | None:
        """Do one job and return what went wrong."""
        jobs = {"load": self._load, "prefill": self._prefill, "draft": self._draft}
        try:
            jobs[str(request.get("op"))](job, request)
        except Fault as fault:
            return fault.code
        except TemplateRefused:
            return Code.TEMPLATE_REFUSED
        except (ProtocolError, KeyError):
            return Code.BAD_REQUEST
        except MemoryError:
            return Code.OUT_OF_MEMORY
        return None

    def _load(self, job: int, request: dict[str, Any]) -> None:
        begun = perf_counter()
        file = _checked(Path(str(request.get("path"))))
        _limit_memory(_number(request, "memory"), file.size_bytes)
        alive = self._alive(job)
        _read_through(file.path, alive)
        given = _number(request, "threads")
        threads = given or machine.engine_threads()
        most = CHAT_CONTEXT if file.kind == "chat" else STARTER_CONTEXT
        model = Model(file.path, min(file.context or most, most), threads, self._halt, self._log, alive)
        model.warm_up()
        pace = choose(_lively(model.speed, alive), threads, given)
        model.set_pace(pace)
        self._loaded, self._template = model, file.template
        self._channel.send(Loaded(job, model.context, pace.threads, self._sealed, perf_counter() - begun))

    def _prefill(self, job: int, request: dict[str, Any]) -> None:
        begun = perf_counter()
        prompt = self._prompt(job, request)
        reused = self._model.read(prompt.ids, prompt.fixed, self._alive(job))
        self._channel.send(Prefilled(job, len(prompt.ids), reused or 0, perf_counter() - begun))

    def _draft(self, job: int, request: dict[str, Any]) -> None:
        begun = perf_counter()
        sampling = Sampling.from_json(request.get("sampling"))
        prompt = self._prompt(job, request)
        size = len(prompt.ids)
        reused = self._model.read(prompt.ids, prompt.fixed, self._alive(job))
        read = perf_counter() - begun
        if reused is None:
            self._channel.send(Done(job, "stopped", size, 0, 0, read, read))
            return
        room = min(sampling.max_tokens, self._model.context - size)
        ending = self._model.write(sampling, room, lambda text: self._show(job, text))
        seconds = perf_counter() - begun
        self._channel.send(Done(job, ending.reason, size, reused, ending.tokens, seconds, read))

    @property
    def _model(self) -> Model:
        if self._loaded is None:
            raise ProtocolError("no model")
        return self._loaded

    def _prompt(self, job: int, request: dict[str, Any]) -> Tokens:
        late = Failed(job, Code.TEMPLATE_REFUSED)
        prompt = assemble(
            request.get("prompt"), self._model.vocabulary, self._template, lambda: self._channel.send(late)
        )
        if len(prompt.ids) + SMALLEST_REPLY > self._model.context:
            raise Fault(Code.PROMPT_TOO_LONG)
        return prompt

    def _show(self, job: int, text: str) -> None:
        if text:
            self._channel.send(Text(job, text))
        else:
            self._channel.alive(job)

    def _alive(self, job: int) -> Callable[[], None]:
        return lambda: self._channel.alive(job)


def _limit_memory(given: int | None, file_bytes: int) -> None:
    """Bound this process to ``given`` bytes beside the model's file, or to what the computer has free."""
    free = machine.available_memory()
    if given is not None:
        sandbox.limit_memory(file_bytes + given)
    elif free is not None:
        sandbox.limit_memory(file_bytes + free + RESERVED)


def _read_through(path: Path, alive: Callable[[], None]) -> None:
    """Bring the file into the system's cache, with signs of life; llama.cpp would wait for a slow disk in silence."""
    chunk = bytearray(8 << 20)
    with path.open("rb", buffering=0) as file:
        while file.readinto(chunk):
            alive()


def _lively(speed: Callable[[int], float], alive: Callable[[], None]) -> Callable[[int], float]:
    """Give a sign of life before each trial."""

    def tried(threads: int) -> float:
        alive()
        return speed(threads)

    return tried


def _checked(path: Path) -> gguf.ModelFile:
    try:
        return gguf.check(path)
    except ModelTooLarge as error:
        raise Fault(Code.OUT_OF_MEMORY) from error
    except ModelFileError as error:
        raise Fault(Code.MODEL_REFUSED) from error


def _number(request: dict[str, Any], name: str) -> int | None:
    value = request.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
