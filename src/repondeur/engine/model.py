"""One model in memory: reading a prompt, keeping what was read, and writing token by token with llama.cpp's samplers.

The loop over tokens is kept bare on purpose: at 800 tokens a second, a tenth of a millisecond of Python a token is a
twelfth of the speed.
"""

import ctypes
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from repondeur.engine.bindings import C, Halt, Log
from repondeur.engine.pace import Hindrance, Pace
from repondeur.engine.protocol import Code, Reason, Sampling
from repondeur.engine.samplers import sampler_chain
from repondeur.engine.vocabulary import Vocabulary, Written

BATCH: Final = 256
"""Tokens of a prompt read at once; between two batches the child gives a sign of life."""

FLUSH_SECONDS: Final = 0.03
"""How long written text may wait before it is shown."""

WORTH_KEEPING: Final = 64
"""A fixed prefix shorter than this, in tokens, is read again sooner than it is copied."""

CHECKPOINTS: Final = 2
"""Saved states kept for models whose memory cannot be rewound; one, the fixed prefix, for the others."""

TRIAL_TOKENS: Final = 24
TRIAL_SECONDS: Final = 0.5
"""A thread count is tried on this many tokens or for this long, whichever ends first."""


class Fault(Exception):
    """A job that the model could not do; ``code`` says why."""

    def __init__(self, code: Code) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Ending:
    """How a text ended and how many tokens it took."""

    reason: Reason
    tokens: int


class Model:
    """A model, its context and what stands in the context's memory.

    ``path`` must have passed :func:`repondeur.engine.gguf.check`; ``context`` is in tokens; ``halt`` interrupts.
    """

    def __init__(self, path: Path, context: int, threads: int, halt: Halt, log: Log, alive: Callable[[], None]) -> None:
        """Load the file; ``alive`` is called now and then while it loads.

        Raises:
            Fault: the file was refused or the memory was too small.
        """
        self._log = log
        self._halt = halt
        self._progress = C.llama_progress_callback(lambda _share, _data: _go_on(alive))
        log.clear()
        self._model = self._load(path)
        self.vocabulary = Vocabulary(self._model)
        self.context = context
        self._pace = Pace(threads)
        self._ctx = self._open_context(threads)
        self._memory = C.llama_get_memory(self._ctx)
        self._rewinds = not (C.llama_model_is_recurrent(self._model) or C.llama_model_is_hybrid(self._model))
        self._held: list[int] = []
        self._saved: dict[tuple[int, ...], ctypes.Array[ctypes.c_uint8]] = {}
        self._tokens = (C.llama_token * BATCH)()
        self._ends = self.vocabulary.ends()
        halt.watch(self._ctx)

    def close(self) -> None:
        """Free the native memory; the object is of no use afterwards."""
        C.llama_free(self._ctx)
        C.llama_model_free(self._model)

    def read(self, prompt: Sequence[int], fixed: int, alive: Callable[[], None]) -> int | None:
        """Bring the whole ``prompt`` into memory and return how many of its tokens stood there already.

        The first ``fixed`` tokens are the same for every review. ``None``: interrupted, what was read stays.

        Raises:
            Fault: the computation failed.
        """
        reused = position = self._rewind(prompt)
        saved = self._worth_saving(fixed, len(prompt))
        for end in _batch_ends(position, len(prompt), saved):
            if not self._decode(prompt[position:end]):
                return None
            position = end
            if position in saved:
                self._save(tuple(prompt[:position]))
            alive()
        return reused

    def write(self, sampling: Sampling, room: int, show: Callable[[str], None]) -> Ending:
        """Continue what was read last, calling ``show`` with pieces of text, for at most ``room`` tokens.

        Raises:
            Fault: the computation failed.
        """
        with sampler_chain(sampling, self.vocabulary.size) as sampler:
            try:
                return self._write(sampler, room, show)
            finally:
                self._use_threads(self._pace.threads)

    def speed(self, threads: int) -> float:
        """Return the tokens a second that ``threads`` write in a short trial; leaves the memory empty."""
        self._use_threads(threads)
        token = (self.vocabulary.start() or [0])[:1]
        self._forget()
        self._decode(token)
        begun, count = perf_counter(), 0
        while count < TRIAL_TOKENS and perf_counter() - begun < TRIAL_SECONDS:
            self._decode(token)
            count += 1
        speed = count / (perf_counter() - begun)
        self._forget()
        return speed

    def set_pace(self, pace: Pace) -> None:
        """Compute with this many threads from now on."""
        self._pace = pace
        self._use_threads(pace.threads)

    def warm_up(self) -> None:
        """Touch every weight once, so that the first draft does not wait for the disk; leaves the memory empty."""
        C.llama_set_warmup(self._ctx, True)
        self._decode((self.vocabulary.start() or [0])[:1])
        C.llama_set_warmup(self._ctx, False)
        self._forget()

    def _use_threads(self, threads: int) -> None:
        C.llama_set_n_threads(self._ctx, threads, threads)

    def _load(self, path: Path) -> int:
        params = C.llama_model_default_params()
        params.n_gpu_layers = 0
        params.progress_callback = self._progress
        model = C.llama_model_load_from_file(os.fsencode(path), params)
        if not model:
            raise Fault(Code.OUT_OF_MEMORY if self._log.tells_out_of_memory() else Code.MODEL_REFUSED)
        return int(model)

    def _open_context(self, threads: int) -> int:
        params = C.llama_context_default_params()
        params.n_ctx = self.context
        params.n_batch = params.n_ubatch = min(BATCH, self.context)
        params.n_threads = params.n_threads_batch = threads
        params.swa_full = True
        params.no_perf = True
        context = C.llama_init_from_model(self._model, params)
        if not context:
            C.llama_model_free(self._model)
            raise Fault(Code.OUT_OF_MEMORY if self._log.tells_out_of_memory() else Code.MODEL_REFUSED)
        return int(context)

    def _write(self, sampler: int, room: int, show: Callable[[str], None]) -> Ending:
        decode, sample, clock = C.llama_decode, C.llama_sampler_sample, perf_counter
        ctx, halt, ends, piece = self._ctx, self._halt, self._ends, self.vocabulary.piece
        slot, held, written = self._tokens, self._held, Written()
        batch = C.llama_batch_get_one(slot, 1)
        waiting, shown_at, count = [], clock(), 0
        reason: Reason = "length"
        hindrance = Hindrance(self._pace, shown_at)
        while count < room:
            token = sample(sampler, ctx, -1)
            if token in ends:
                reason = "stop"
                break
            count += 1
            waiting.append(piece(token))
            now = clock()
            if now - shown_at > FLUSH_SECONDS:
                show(written.add(b"".join(waiting)))
                waiting.clear()
                shown_at = now
                if hindrance.seen(count, now):
                    self._use_threads(1)
            if count == room:
                break
            slot[0] = token
            status = decode(ctx, batch)
            if not status:
                held.append(token)
            if halt.raised:
                reason = "stopped"
                break
            if status:
                raise self._fault()
        self._settle()
        show(written.add(b"".join(waiting)) + written.end())
        return Ending(reason, count)

    def _settle(self) -> None:
        """Make the list of held tokens and the native memory agree after an interruption."""
        size = C.llama_memory_seq_pos_max(self._memory, 0) + 1
        if size < len(self._held):
            del self._held[size:]
        elif size > len(self._held) and not C.llama_memory_seq_rm(self._memory, 0, len(self._held), -1):
            self._forget()

    def _decode(self, tokens: Sequence[int]) -> bool:
        """Read ``tokens`` (at most a batch) after what is held; return whether it was not interrupted."""
        count = len(tokens)
        self._tokens[:count] = tokens
        status = C.llama_decode(self._ctx, C.llama_batch_get_one(self._tokens, count))
        if status == 0:
            self._held.extend(tokens)
            return not self._halt.raised
        self._settle()
        if self._halt.raised:
            return False
        raise self._fault()

    def _fault(self) -> Fault:
        self._forget()
        return Fault(Code.OUT_OF_MEMORY if self._log.tells_out_of_memory() else Code.INTERNAL)

    def _forget(self) -> None:
        C.llama_memory_clear(self._memory, True)
        self._held.clear()

    def _rewind(self, prompt: Sequence[int]) -> int:
        """Keep the longest beginning of ``prompt`` that memory or a saved state holds; return its length.

        At least one token is always left to read: the model writes from the result of reading the last one.
        """
        target = min(common_prefix(self._held, prompt), len(prompt) - 1)
        if target == len(self._held):
            return self._restored(prompt, target)
        if self._rewinds and C.llama_memory_seq_rm(self._memory, 0, target, -1):
            del self._held[target:]
            return self._restored(prompt, target)
        self._forget()
        return self._restored(prompt, 0)

    def _restored(self, prompt: Sequence[int], target: int) -> int:
        """Return the length held after having taken a saved state, if one goes further than ``target``."""
        best = max((key for key in self._saved if _begins(prompt, key)), key=len, default=())
        if len(best) <= target:
            return target
        self._forget()
        state = self._saved[best]
        if not C.llama_state_seq_set_data(self._ctx, state, len(state), 0):
            del self._saved[best]
            self._forget()
            return 0
        self._held.extend(best)
        return len(best)

    def _worth_saving(self, fixed: int, end: int) -> set[int]:
        """Return where in a prompt of ``end`` tokens a later one is likely to branch off."""
        if self._rewinds:
            return {fixed} if fixed >= WORTH_KEEPING else set()
        return {fixed, end - 1}

    def _save(self, beginning: tuple[int, ...]) -> None:
        """Keep a copy of the memory, which holds ``beginning``."""
        if beginning in self._saved:
            return
        state = (ctypes.c_uint8 * C.llama_state_seq_get_size(self._ctx, 0))()
        if C.llama_state_seq_get_data(self._ctx, state, len(state), 0) == len(state):
            while len(self._saved) >= (1 if self._rewinds else CHECKPOINTS):
                del self._saved[next(iter(self._saved))]
            self._saved[beginning] = state


def _batch_ends(begin: int, end: int, marks: set[int]) -> Iterator[int]:
    """Yield where each batch ends: at ``end``, at each mark before it, and every :data:`BATCH` tokens."""
    for mark in sorted(mark for mark in {*marks, end} if begin < mark <= end):
        while begin < mark:
            begin = min(begin + BATCH, mark)
            yield begin


def _go_on(alive: Callable[[], None]) -> bool:
    alive()
    return True


def common_prefix(a: Sequence[int], b: Sequence[int]) -> int:
    """Return how many tokens ``a`` and ``b`` begin with in common."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _begins(prompt: Sequence[int], beginning: Sequence[int]) -> bool:
    return len(beginning) < len(prompt) and common_prefix(prompt, beginning) == len(beginning)
