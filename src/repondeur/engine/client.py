"""The window's side of the engine: jobs in, signals out. Runs on the event loop; it starts no thread and never blocks.

A job is a number. Of each job asked for exactly one ending is signalled (``prefilled``, ``done`` or ``failed``), always
after the call that asked for it has returned; what an old job still says afterwards is dropped. A process is started
by the first job, survives many, and ends when it was idle for a while; whatever happens to it, the next job has a fresh
one.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from repondeur.engine import gguf
from repondeur.engine.gguf import ModelFile
from repondeur.engine.process import EngineProcess, Exit, worker_command
from repondeur.engine.protocol import (
    LOAD_JOB,
    TEXT_LIMIT,
    Alive,
    Code,
    Done,
    DraftResult,
    Event,
    Failed,
    Loaded,
    ModelInfo,
    Prefilled,
    PrefillResult,
    Sampling,
    Text,
)
from repondeur.errors import (
    EmptyDraft,
    EngineCrashed,
    EngineMissing,
    EngineUnresponsive,
    ModelFileError,
    ModelMissing,
    ModelUnsupported,
    OutOfMemory,
    PromptTooLong,
    RepondeurError,
)

CRASHES_IN_A_ROW: Final = 3
"""After this many, nothing is read ahead any more: only a draft that a person asks for starts a process again."""

_ERRORS: Final[Mapping[Code, type[RepondeurError]]] = {
    Code.PROMPT_TOO_LONG: PromptTooLong,
    Code.OUT_OF_MEMORY: OutOfMemory,
    Code.MODEL_MISSING: ModelMissing,
    Code.MODEL_REFUSED: ModelUnsupported,
    Code.TEMPLATE_REFUSED: ModelUnsupported,
    Code.NOT_SEALED: EngineMissing,
    Code.BAD_REQUEST: EngineCrashed,
    Code.INTERNAL: EngineCrashed,
}


@dataclass(slots=True)
class _Job:
    """A job that the child has not ended yet. ``muted``: the caller was told its end already."""

    number: int
    kind: Literal["load", "prefill", "draft"]
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    stopping: bool = False
    muted: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces).rstrip()


class Engine(QObject):
    """Drafts replies with a model in a process of its own.

    Signals: ``loaded`` (:class:`ModelInfo`), ``text`` (job, piece), ``prefilled`` (job, :class:`PrefillResult`),
    ``done`` (job, :class:`DraftResult`), ``failed`` (job, an error of :mod:`repondeur.errors`) and ``running_changed``
    (whether an engine process lives).
    """

    loaded = Signal(object)
    text = Signal(int, str)
    prefilled = Signal(int, object)
    done = Signal(int, object)
    failed = Signal(int, object)
    running_changed = Signal(bool)

    def __init__(
        self,
        model: Path,
        *,
        threads: int | None = None,
        idle_seconds: float = 300.0,
        hang_seconds: float = 120.0,
        stop_seconds: float = 2.0,
        memory: int | None = None,
        command: tuple[str, list[str]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Prepare; no file is looked at and no process started before the first job.

        ``threads`` is what ``ModelInfo.threads`` said earlier for this model on this computer, ``None`` to measure.
        The process ends after ``idle_seconds`` without a job, is killed after ``hang_seconds`` without a sign of life
        and ``stop_seconds`` after a stop that it did not obey. ``memory`` bounds, in bytes, what it may take beside
        the model's file (``None``: what the computer has free). ``command`` replaces :func:`worker_command`.
        """
        super().__init__(parent)
        self._model = model
        self._threads = threads
        self._memory = memory
        self._command = command
        self._stop_seconds = stop_seconds
        self._child: EngineProcess | None = None
        self._file: ModelFile | None = None
        self._leaving: list[EngineProcess] = []
        self._stale = False
        self._jobs: dict[int, _Job] = {}
        self._last_job = LOAD_JOB
        self._crashes = 0
        self._was_running = False
        self._idle = self._timer(idle_seconds, self.unload)
        self._hang = self._timer(hang_seconds, self._hung)
        self._stop = self._timer(stop_seconds, self._not_stopped)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    @property
    def running(self) -> bool:
        """Whether an engine process lives."""
        return self._child is not None or bool(self._leaving)

    @property
    def pid(self) -> int:
        """The engine process's id, 0 when none lives."""
        return self._child.pid if self._child is not None else 0

    @property
    def model(self) -> Path:
        """The model file that the next job uses."""
        return self._model

    def model_file(self) -> ModelFile:
        """Return what the model's file holds (``kind`` says which prompt it takes).

        Raises:
            ModelFileError: it cannot be used.
        """
        if self._file is None:
            self._file = gguf.check(self._model)
        return self._file

    def use_model(self, path: Path, *, threads: int | None = None) -> ModelFile:
        """Use another model from the next job on, and return what its file holds.

        Raises:
            ModelFileError: it cannot be used; the model in use stays.
        """
        file = gguf.check(path)
        self._model, self._file, self._threads = path, file, threads
        self._crashes = 0
        self._stale = True
        if not self._jobs:
            self.unload()
        return file

    def prefill(self, prompt: Mapping[str, object]) -> int:
        """Read a prompt ahead of its draft and return the job's number; a later job of any kind ends it early.

        It writes no text. Nothing happens, and nothing is signalled, while a draft is being written.
        """
        if self._crashes >= CRASHES_IN_A_ROW or self._drafts():
            return self._number()
        return self._submit("prefill", {"prompt": dict(prompt)})

    def draft(self, prompt: Mapping[str, object], sampling: Sampling) -> int:
        """Write a reply to ``prompt`` and return the job's number; a draft still being written ends as stopped."""
        self._supersede_drafts()
        return self._submit("draft", {"prompt": dict(prompt), "sampling": asdict(sampling)})

    def stop(self) -> None:
        """Stop the draft being written: ask, and kill the process if it does not obey in time."""
        for job in self._drafts():
            job.stopping = True
            self._ask_to_stop(job)
            if LOAD_JOB in self._jobs:
                self._mute(job)
            else:
                self._stop.start()

    def unload(self) -> None:
        """End the process and give its memory back; a draft being written ends as stopped."""
        for job in self._drafts():
            self._mute(job)
        self._retire(kill=False)

    def shutdown(self) -> None:
        """End every process and return when none is left. For the program's end."""
        self.unload()
        for child in list(self._leaving):
            child.wait(self._stop_seconds)

    def _timer(self, seconds: float, act: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(int(seconds * 1000))
        timer.timeout.connect(act)
        return timer

    def _number(self) -> int:
        self._last_job += 1
        return self._last_job

    def _drafts(self) -> list[_Job]:
        return [job for job in self._jobs.values() if job.kind == "draft" and not job.muted]

    def _submit(self, kind: Literal["prefill", "draft"], request: dict[str, object]) -> int:
        number = self._number()
        self._idle.stop()
        try:
            child = self._ready_child()
        except ModelFileError as error:
            self._later(partial(self.failed.emit, number, error))
            return number
        self._jobs[number] = _Job(number, kind)
        child.send({"op": kind, "job": number, **request})
        self._hang.start()
        return number

    def _ready_child(self) -> EngineProcess:
        """Return a process with the right model, started and asked to load it if need be."""
        if self._stale:
            self._retire(kill=False)
        if self._child is not None:
            return self._child
        self._file = gguf.check(self._model)
        self._stale = False
        child = EngineProcess(self._command or worker_command(), self)
        child.heard.connect(lambda event: self._heard(child, event))
        child.ended.connect(lambda how: self._ended(child, how))
        self._child = child
        self._jobs[LOAD_JOB] = _Job(LOAD_JOB, "load", muted=True)
        child.send(
            {
                "op": "load",
                "job": LOAD_JOB,
                "path": str(self._model),
                "threads": self._threads,
                "memory": self._memory,
            }
        )
        self._announce()
        return child

    def _supersede_drafts(self) -> None:
        for job in self._drafts():
            self._ask_to_stop(job)
            self._mute(job)

    def _ask_to_stop(self, job: _Job) -> None:
        if self._child is not None:
            self._child.send({"op": "stop", "job": job.number})

    def _mute(self, job: _Job) -> None:
        """Tell the caller now that a draft was stopped; what the child still says of it is dropped."""
        job.muted = True
        result = DraftResult(job.text, "stopped")
        self._later(lambda: self.done.emit(job.number, result))

    def _later(self, act: Callable[[], Any]) -> None:
        QTimer.singleShot(0, self, act)

    def _heard(self, child: EngineProcess, event: Event) -> None:
        job = self._jobs.get(event.job)
        if child is not self._child or job is None:
            return
        self._hang.start()
        match event:
            case Text():
                self._take_text(job, event.text)
            case Alive():
                pass
            case _:
                self._finish(job, event)

    def _take_text(self, job: _Job, piece: str) -> None:
        job.length += len(piece)
        if job.kind != "draft" or job.length > TEXT_LIMIT:
            self._abandon(EngineCrashed())
            return
        job.pieces.append(piece)
        if not job.muted and not job.stopping:
            self.text.emit(job.number, piece)

    def _finish(self, job: _Job, event: Loaded | Prefilled | Done | Failed) -> None:
        match event, job.kind:
            case Failed(), "load":
                self._abandon(_error(event.code))
                return
            case Failed(), _:
                self._tell_failure(job, _error(event.code))
            case Loaded(), "load":
                self._tell_loaded(event)
            case Prefilled(), "prefill":
                result = PrefillResult(event.prompt_tokens, event.reused_tokens, event.seconds)
                self.prefilled.emit(job.number, result)
            case Done(), "draft":
                self._tell_draft(job, event)
            case _:
                self._abandon(EngineCrashed())
                return
        self._jobs.pop(job.number, None)
        self._rest()

    def _tell_loaded(self, event: Loaded) -> None:
        file = self.model_file()
        self._threads = event.threads
        info = ModelInfo(
            name=file.name,
            path=file.path,
            architecture=file.architecture,
            kind=file.kind,
            size_bytes=file.size_bytes,
            context=event.context,
            threads=event.threads,
            sealed=event.sealed,
            load_seconds=event.load_seconds,
        )
        self.loaded.emit(info)

    def _tell_draft(self, job: _Job, event: Done) -> None:
        self._crashes = 0
        if job.muted:
            return
        if not job.text and event.reason != "stopped":
            self._tell_failure(job, EmptyDraft())
            return
        result = DraftResult(
            text=job.text,
            reason=event.reason,
            prompt_tokens=event.prompt_tokens,
            reused_tokens=event.reused_tokens,
            text_tokens=event.text_tokens,
            seconds=event.seconds,
            prefill_seconds=event.prefill_seconds,
        )
        self.done.emit(job.number, result)

    def _tell_failure(self, job: _Job, error: RepondeurError) -> None:
        if job.muted:
            return
        if job.stopping:
            self.done.emit(job.number, DraftResult(job.text, "stopped"))
        else:
            self.failed.emit(job.number, error)

    def _rest(self) -> None:
        """Set the clocks by what is left to do."""
        if not any(job.stopping for job in self._jobs.values()):
            self._stop.stop()
        if not self._jobs:
            self._hang.stop()
            if self._child is not None:
                self._idle.start()

    def _hung(self) -> None:
        self._abandon(EngineUnresponsive())

    def _not_stopped(self) -> None:
        self._abandon(EngineUnresponsive())

    def _abandon(self, error: RepondeurError) -> None:
        """Kill the process and end every job: stopped ones as stopped, the others with ``error``."""
        self._crashes += 1
        jobs = list(self._jobs.values())
        self._retire(kill=True)
        for job in jobs:
            self._tell_failure(job, error)

    def _retire(self, *, kill: bool) -> None:
        """Take leave of the process: nothing it says counts any more, and it is ended."""
        for timer in (self._idle, self._hang, self._stop):
            timer.stop()
        self._jobs.clear()
        child, self._child = self._child, None
        if child is None:
            return
        self._leaving.append(child)
        if kill:
            child.kill()
        else:
            child.close(self._stop_seconds)

    def _ended(self, child: EngineProcess, how: Exit) -> None:
        if child is self._child:
            self._abandon(_exit_error(how))
        if child in self._leaving:
            self._leaving.remove(child)
        child.deleteLater()
        self._announce()

    def _announce(self) -> None:
        if self.running != self._was_running:
            self._was_running = self.running
            self.running_changed.emit(self.running)


def _error(code: Code) -> RepondeurError:
    return _ERRORS[code]()


def _exit_error(how: Exit) -> RepondeurError:
    if how.missing:
        return EngineMissing()
    return OutOfMemory() if how.out_of_memory else EngineCrashed()
