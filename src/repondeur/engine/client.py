"""The window's side of the engine: jobs in, signals out. Runs on the event loop; it starts no thread and never blocks.

A job is a number. Of each draft asked for exactly one ending is signalled (``done`` or ``failed``), always after the
call that asked for it has returned; what an old job still says afterwards is dropped. The first job starts a process,
which serves many and ends after a while of rest; whatever happens to it, the next job has a fresh one.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal, SignalInstance

from repondeur.engine import gguf
from repondeur.engine.gguf import ModelFile
from repondeur.engine.outcome import Job, JobKind, draft_result, error_of, model_info, prefill_result
from repondeur.engine.process import EngineProcess, Exit, worker_command
from repondeur.engine.protocol import LOAD_JOB, Alive, Done, Event, Failed, Loaded, Prefilled, Sampling, Text
from repondeur.errors import EmptyDraft, ModelFileError, PromptTooLong, RepondeurError

CRASHES_IN_A_ROW: Final = 3
"""After this many, nothing is read ahead any more: only a draft that a person asks for starts a process again."""


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
        self._hang_seconds = hang_seconds
        self._stop_seconds = stop_seconds
        self._memory = memory
        self._command = command
        self._file: ModelFile | None = None
        self._stale = False
        self._child: EngineProcess | None = None
        self._leaving: list[EngineProcess] = []
        self._jobs: dict[int, Job] = {}
        self._last_job = LOAD_JOB
        self._crashes = 0
        self._was_running = False
        self._untold: list[tuple[SignalInstance, int, object]] = []
        self._soon = self._timer(0.0, self._tell_untold)
        self._idle = self._timer(idle_seconds, self.unload)
        if (application := QCoreApplication.instance()) is not None:
            application.aboutToQuit.connect(self.shutdown)

    @property
    def running(self) -> bool:
        """Whether an engine process lives."""
        return self._child is not None or bool(self._leaving)

    @property
    def pid(self) -> int:
        """The engine process's id, 0 when none lives."""
        return self._child.pid if self._child else 0

    @property
    def model(self) -> Path:
        """The model file that the next job uses."""
        return self._model

    def model_file(self) -> ModelFile:
        """Return what the model's file holds (``kind`` says which prompt it takes).

        Raises:
            ModelFileError: it cannot be used.
        """
        if self._file is None or not self._file.unchanged():
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
        """Read a prompt ahead of its draft and return the job's number; any later job ends it early.

        It writes no text. Its end is signalled (``prefilled``, ``failed``) unless it was dropped: while a draft is
        being written, after crashes in a row, or because the process was ended.
        """
        if self._crashes >= CRASHES_IN_A_ROW or self._drafts():
            return self._number()
        return self._submit("prefill", {"prompt": dict(prompt)})

    def draft(self, prompt: Mapping[str, object], sampling: Sampling) -> int:
        """Write a reply to ``prompt`` and return the job's number; a draft still being written ends as stopped."""
        for job in self._drafts():
            self._ask_to_stop(job)
            self._tell_stopped(job)
        return self._submit("draft", {"prompt": dict(prompt), "sampling": asdict(sampling)})

    def stop(self) -> None:
        """Stop the draft being written: ask, and kill the process if it does not obey in time."""
        for job in self._drafts():
            job.stopping = True
            self._ask_to_stop(job)
            if LOAD_JOB in self._jobs:
                self._tell_stopped(job)
            elif self._child is not None:
                self._child.kill_after(self._stop_seconds)

    def unload(self) -> None:
        """End the process and give its memory back; a draft being written ends as stopped."""
        for job in self._drafts():
            self._tell_stopped(job)
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

    def _drafts(self) -> list[Job]:
        """Return the drafts whose end nobody was told: one at most."""
        return [job for job in self._jobs.values() if job.kind == "draft" and not job.told]

    def _submit(self, kind: JobKind, request: dict[str, object]) -> int:
        number = self._number()
        self._idle.stop()
        try:
            child = self._ready_child()
        except ModelFileError as error:
            self._later(self.failed, number, error)
            return number
        child.expect(busy=True)
        if child.send({"op": kind, "job": number, **request}):
            self._jobs[number] = Job(number, kind)
        else:
            self._later(self.failed, number, PromptTooLong())
            self._rest()
        return number

    def _ready_child(self) -> EngineProcess:
        """Return a process with the right model, started and asked to load it if need be."""
        if self._stale:
            self._retire(kill=False)
        if self._child is not None:
            return self._child
        self.model_file()
        self._stale = False
        child = EngineProcess(self._command or worker_command(), self._hang_seconds, self)
        child.heard.connect(self._heard)
        child.ended.connect(self._ended)
        self._child = child
        self._jobs[LOAD_JOB] = Job(LOAD_JOB, "load", told=True)
        load = {"path": str(self._model), "threads": self._threads, "memory": self._memory}
        child.send({"op": "load", "job": LOAD_JOB, **load})
        self._announce()
        return child

    def _ask_to_stop(self, job: Job) -> None:
        if self._child is not None:
            self._child.send({"op": "stop", "job": job.number})

    def _tell_stopped(self, job: Job) -> None:
        """Tell the caller, soon, that a draft was stopped; what the child still says of it is dropped."""
        job.told = True
        self._later(self.done, job.number, job.stopped())

    def _later(self, signal: SignalInstance, job: int, value: object) -> None:
        """Signal the end of a job once the caller knows its number."""
        self._untold.append((signal, job, value))
        self._soon.start()

    def _tell_untold(self) -> None:
        untold, self._untold = self._untold, []
        for signal, job, value in untold:
            signal.emit(job, value)

    def _heard(self, child: EngineProcess, event: Event) -> None:
        job = self._jobs.get(event.job)
        if child is not self._child or job is None:
            return
        match event:
            case Alive():
                return
            case Text():
                self._take_text(child, job, event.text)
            case Failed() if job.kind == "load":
                self._lose(error_of(event.code))
            case _ if job.may_end_with(event):
                del self._jobs[job.number]
                self._tell(job, event)
                self._rest()
            case _:
                child.kill()

    def _take_text(self, child: EngineProcess, job: Job, piece: str) -> None:
        if not job.takes(piece):
            child.kill()
        elif not job.told and not job.stopping:
            self.text.emit(job.number, piece)

    def _tell(self, job: Job, event: Loaded | Prefilled | Done | Failed) -> None:
        """Signal how a job ended."""
        match event:
            case Loaded():
                self._threads = event.threads
                self.loaded.emit(model_info(self.model_file(), event))
            case Prefilled():
                self.prefilled.emit(job.number, prefill_result(event))
            case Failed():
                self._tell_failure(job, error_of(event.code))
            case Done():
                self._crashes = 0
                self._tell_done(job, event)

    def _tell_done(self, job: Job, event: Done) -> None:
        if not job.text and event.reason != "stopped":
            self._tell_failure(job, EmptyDraft())
        elif not job.told:
            self.done.emit(job.number, draft_result(job, event))

    def _tell_failure(self, job: Job, error: RepondeurError) -> None:
        if job.told:
            return
        if job.stopping:
            self.done.emit(job.number, job.stopped())
        else:
            self.failed.emit(job.number, error)

    def _rest(self) -> None:
        """Set the clocks by what is left to do."""
        if self._child is None:
            return
        self._child.expect(busy=bool(self._jobs))
        if not any(job.stopping for job in self._jobs.values()):
            self._child.kill_after(None)
        if not self._jobs:
            self._idle.start()

    def _lose(self, error: RepondeurError) -> None:
        """Give the process up and end every job: stopped ones as stopped, the others with ``error``."""
        self._crashes += 1
        jobs = list(self._jobs.values())
        self._retire(kill=True)
        for job in jobs:
            self._tell_failure(job, error)

    def _retire(self, *, kill: bool) -> None:
        """Take leave of the process: nothing it says counts any more, and it is ended."""
        self._idle.stop()
        self._jobs.clear()
        child, self._child = self._child, None
        if child is not None:
            self._leaving.append(child)
            child.kill() if kill else child.close(self._stop_seconds)

    def _ended(self, child: EngineProcess, how: Exit) -> None:
        if child is self._child:
            self._lose(error_of(how))
        if child in self._leaving:
            self._leaving.remove(child)
        child.deleteLater()
        self._announce()

    def _announce(self) -> None:
        if self.running != self._was_running:
            self._was_running = self.running
            self.running_changed.emit(self.running)
