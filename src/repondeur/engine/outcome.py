"""Jobs as the parent keeps them, and how the child's events become what the window is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeGuard

from repondeur.engine.gguf import ModelFile
from repondeur.engine.process import Exit
from repondeur.engine.protocol import (
    TEXT_LIMIT,
    Code,
    Done,
    DraftResult,
    Event,
    Failed,
    Loaded,
    ModelInfo,
    Prefilled,
    PrefillResult,
)
from repondeur.errors import (
    EngineCrashed,
    EngineMissing,
    EngineUnresponsive,
    ModelUnsupported,
    OutOfMemory,
    PromptTooLong,
    RepondeurError,
)

_CODES: Final[Mapping[Code, type[RepondeurError]]] = {
    Code.PROMPT_TOO_LONG: PromptTooLong,
    Code.OUT_OF_MEMORY: OutOfMemory,
    Code.MODEL_REFUSED: ModelUnsupported,
    Code.TEMPLATE_REFUSED: ModelUnsupported,
    Code.NOT_SEALED: EngineMissing,
    Code.BAD_REQUEST: EngineCrashed,
    Code.INTERNAL: EngineCrashed,
}
_EXITS: Final[Mapping[Exit, type[RepondeurError]]] = {
    Exit.MISSING: EngineMissing,
    Exit.OUT_OF_MEMORY: OutOfMemory,
    Exit.UNRESPONSIVE: EngineUnresponsive,
    Exit.CRASHED: EngineCrashed,
}
JobKind = Literal["load", "prefill", "draft"]


@dataclass(slots=True)
class Job:
    """A job that the child has not ended yet.

    ``stopping``: a stop was asked and nothing more is shown of it; ``told``: the caller knows its end already.
    """

    number: int
    kind: JobKind
    stopping: bool = False
    told: bool = False
    _pieces: list[str] = field(default_factory=list)
    _length: int = 0

    def takes(self, piece: str) -> bool:
        """Add a piece of text; return whether this job may have one."""
        self._pieces.append(piece)
        self._length += len(piece)
        return self.kind == "draft" and self._length <= TEXT_LIMIT

    @property
    def text(self) -> str:
        """What was written so far."""
        return "".join(self._pieces).rstrip()

    def may_end_with(self, event: Event) -> TypeGuard[Loaded | Prefilled | Done | Failed]:
        """Whether ``event`` is one that ends a job of this kind."""
        kinds = {Loaded: "load", Prefilled: "prefill", Done: "draft", Failed: self.kind}
        return kinds.get(type(event)) == self.kind

    def stopped(self) -> DraftResult:
        """Return the result of a draft that was stopped."""
        return DraftResult(self.text, "stopped")


def error_of(cause: Code | Exit) -> RepondeurError:
    """Return the error that a code, or the end of a process, means to a person."""
    return _CODES[cause]() if isinstance(cause, Code) else _EXITS[cause]()


def draft_result(job: Job, event: Done) -> DraftResult:
    """Return what the window is told of a draft that ended."""
    return DraftResult(
        text=job.text,
        reason=event.reason,
        prompt_tokens=event.prompt_tokens,
        reused_tokens=event.reused_tokens,
        text_tokens=event.text_tokens,
        seconds=event.seconds,
        prefill_seconds=event.prefill_seconds,
    )


def prefill_result(event: Prefilled) -> PrefillResult:
    """Return what the window is told of a prompt read ahead."""
    return PrefillResult(event.prompt_tokens, event.reused_tokens, event.seconds)


def model_info(file: ModelFile, event: Loaded) -> ModelInfo:
    """Return what the window is told of a model that was loaded."""
    return ModelInfo(
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
