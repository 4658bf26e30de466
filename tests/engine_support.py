"""What the engine's tests share: small models written once, an engine whose signals are noted, prompts."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gguf_factory
import pytest
from pytestqt.qtbot import QtBot

from repondeur.engine.client import Engine
from repondeur.engine.protocol import DraftResult, Sampling

PATIENCE = 30_000
"""Milliseconds after which a test gives up waiting; nothing is measured by it."""

CHATS = ("chatml", "llama3", "gemma", "mistral", "unknown", "mamba")
LONG = Sampling(max_tokens=4000, seed=1)
SHORT = Sampling(max_tokens=40, seed=1)


class Noted:
    """An engine and everything it signalled, in order."""

    def __init__(self, engine: Engine, qtbot: QtBot) -> None:
        self.engine = engine
        self._qtbot = qtbot
        self.events: list[tuple[Any, ...]] = []
        for name in ("loaded", "text", "prefilled", "done", "failed", "running_changed"):
            getattr(engine, name).connect(self._note(name))

    def _note(self, name: str) -> Callable[..., None]:
        return lambda *arguments: self.events.append((name, *arguments))

    def named(self, name: str) -> list[tuple[Any, ...]]:
        return [event[1:] for event in self.events if event[0] == name]

    def until(self, condition: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE)

    def ends(self, job: int) -> list[tuple[Any, ...]]:
        return [event for event in self.events if event[0] in ("prefilled", "done", "failed") and event[1] == job]

    def end(self, job: int) -> tuple[str, Any]:
        """Wait for the end of a job and return how and with what."""
        self.until(lambda: self.ends(job))
        name, _, value = self.ends(job)[0]
        return name, value

    def result(self, job: int) -> DraftResult:
        name, value = self.end(job)
        assert name == "done", value
        return value

    def error(self, job: int) -> Exception:
        name, value = self.end(job)
        assert name == "failed", value
        return value

    def pieces(self, job: int) -> str:
        return "".join(text for number, text in self.named("text") if number == job)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that gives the path of a small model by its recipe's name, changed or not."""
    folder = tmp_path_factory.mktemp("models")
    made: dict[tuple[object, ...], Path] = {}

    def give(name: str, **changes: object) -> Path:
        key = (name, *sorted(changes.items()))
        if key not in made:
            made[key] = folder / f"{name}-{len(made)}.gguf"
            gguf_factory.write(made[key], replace(gguf_factory.RECIPES[name], **changes))
        return made[key]

    return give


@pytest.fixture
def start(qtbot: QtBot) -> Iterator[Callable[..., Noted]]:
    """Return a function that makes a noted engine; each is shut down, and no child may be left."""
    made: list[Noted] = []

    def make(path: Path, **options: Any) -> Noted:
        options.setdefault("threads", 1)
        made.append(Noted(Engine(path, **options), qtbot))
        return made[-1]

    yield make
    for noted in made:
        pid = noted.engine.pid
        noted.engine.shutdown()
        assert not noted.engine.running
        assert pid == 0 or not alive(pid)
        noted.engine.deleteLater()


def compact(review: str, *, rating: str = "5") -> dict[str, object]:
    """Return a prompt for the starter model, as ``reply.prompt`` makes it."""
    marks = [("<|trade|>", "boulangerie"), ("<|lang|>", "fr"), ("<|review|>", review), ("<|note|>", "")]
    marks += [("<|rating|>", rating), ("<|tone|>", "chaleureux"), ("<|length|>", "normal"), ("<|reply|>", "")]
    parts = [{"text": text, "plain": plain} for mark, words in marks for text, plain in ((mark, False), (words, True))]
    return {"kind": "segments", "segments": [part for part in parts if part["text"]], "fixed": 2}


def chat(review: str, system: str = "Tu rédiges la réponse d’un artisan.") -> dict[str, object]:
    """Return a prompt for a chat model."""
    messages = [
        {"role": "system", "parts": [{"text": system, "plain": False}]},
        {"role": "user", "parts": [{"text": "Avis : ", "plain": False}, {"text": review, "plain": True}]},
    ]
    return {"kind": "chat", "messages": messages, "fixed": 1}


def prompt_for(name: str, review: str) -> dict[str, object]:
    """Return the prompt that fits a recipe."""
    return compact(review) if name == "starter" else chat(review)


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        if sys.platform.startswith("linux"):
            return False
        try:
            os.kill(pid, 0)
        except OSError:
            return False
        return True
    return state != "Z"


def freeze(pid: int) -> None:
    """Stop a process as a hang would."""
    os.kill(pid, signal.SIGSTOP)
