"""Chat templates: how a model wants its messages wrapped.

A known template (by the SHA-256 of its text) is rendered by our own few lines; an unknown one by jinja2's immutable
sandbox, in the engine's process, while a timer runs. Neither ever sees what a person wrote: messages hold unguessable
markers, put in the place of each part, and the rendered text is cut at them.
"""

import hashlib
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

RENDER_SECONDS: Final = 5.0
RENDERED_LIMIT: Final = 1 << 17
"""The longest rendered text, in characters, taken from an unknown template."""

Message = Mapping[str, str]
Renderer = Callable[[Sequence[Message]], str]


class TemplateRefused(Exception):
    """A template that fails, or does not give back every message once and in order."""


def glue(template: str, roles: Sequence[str], counts: Sequence[int], names: tuple[str, str]) -> list[str]:
    """Return the template's own texts around each part: one more than there are parts in all.

    ``roles`` and ``counts`` give each message's role and number of parts, ``names`` the tokens that open and end a
    text. The opening token itself is left out.

    Raises:
        TemplateRefused: the template cannot be used for these messages.
    """
    marks = [[f"@{secrets.token_hex(16)}@" for _ in range(count)] for count in counts]
    messages = [{"role": role, "content": "".join(row)} for role, row in zip(roles, marks, strict=True)]
    flat = [mark for row in marks for mark in row]
    for attempt in (messages, _folded(messages)):
        try:
            return _cut(_render(template, attempt, names), flat, names[0])
        except TemplateRefused:
            continue
    raise TemplateRefused


def _folded(messages: Sequence[Message]) -> list[Message]:
    """Put a leading system message before the first user message, for templates that know no system role."""
    if len(messages) < 2 or messages[0]["role"] != "system" or messages[1]["role"] != "user":
        return list(messages)
    first = {"role": "user", "content": f"{messages[0]['content']}\n\n{messages[1]['content']}"}
    return [first, *messages[2:]]


def _render(template: str, messages: Sequence[Message], names: tuple[str, str]) -> str:
    family = FAMILIES.get(fingerprint(template))
    if family is not None:
        return family(messages)
    return _closed(_render_unknown(template, messages, names))


def fingerprint(template: str) -> str:
    """Return what a known template is recognised by: the SHA-256 of its text without surrounding white space."""
    return hashlib.sha256(template.replace("\r\n", "\n").strip().encode("utf-8", "replace")).hexdigest()


def _cut(rendered: str, marks: Iterable[str], opening: str) -> list[str]:
    texts = []
    rest = rendered.removeprefix(opening) if opening else rendered
    for mark in marks:
        before, found, rest = rest.partition(mark)
        if not found or mark in rest:
            raise TemplateRefused
        texts.append(before)
    return [*texts, rest]


def _closed(rendered: str) -> str:
    """Close a thought that the template opened for the model."""
    tail = rendered.rstrip()
    return f"{tail}\n\n</think>\n\n" if tail.endswith("<think>") else rendered


def _render_unknown(template: str, messages: Sequence[Message], names: tuple[str, str]) -> str:
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = lambda _form: "2026-01-01"
    try:
        rendered = environment.from_string(template).render(
            messages=messages,
            add_generation_prompt=True,
            enable_thinking=False,
            bos_token=names[0],
            eos_token=names[1],
        )
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as error:
        raise TemplateRefused from error
    if len(rendered) > RENDERED_LIMIT:
        raise TemplateRefused
    return rendered


def _refuse(_reason: object = "") -> str:
    raise TemplateRefused


class Deadline:
    """Ends this process when a block takes longer than ``seconds``: nothing else stops a template that loops."""

    def __init__(self, seconds: float, report: Callable[[], None]) -> None:
        """Prepare the timer; ``report`` is called before the process ends."""
        self._timer = threading.Timer(seconds, self._expire, [report])
        self._timer.daemon = True

    def _expire(self, report: Callable[[], None]) -> None:
        report()
        os._exit(3)

    def __enter__(self) -> None:
        """Start the clock."""
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self._timer.cancel()


def _chatml(messages: Sequence[Message]) -> str:
    turns = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    return f"{turns}<|im_start|>assistant\n"


def _chatml_unthinking(messages: Sequence[Message]) -> str:
    return f"{_chatml(messages)}<think>\n\n</think>\n\n"


def _llama3(messages: Sequence[Message]) -> str:
    turns = "".join(f"<|start_header_id|>{m['role']}<|end_header_id|>\n\n{m['content']}<|eot_id|>" for m in messages)
    return f"{turns}<|start_header_id|>assistant<|end_header_id|>\n\n"


def _llama31(messages: Sequence[Message]) -> str:
    dates = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
    has_system = bool(messages) and messages[0]["role"] == "system"
    system = messages[0]["content"] if has_system else ""
    rest = messages[1:] if has_system else messages
    return _llama3([{"role": "system", "content": dates + system}, *rest])


def _gemma(messages: Sequence[Message]) -> str:
    roles = {"assistant": "model"}
    turns = "".join(
        f"<start_of_turn>{roles.get(m['role'], m['role'])}\n{m['content']}<end_of_turn>\n" for m in _folded(messages)
    )
    return f"{turns}<start_of_turn>model\n"


def _mistral(messages: Sequence[Message], before: str = "[INST] ", after: str = " [/INST]") -> str:
    turns = []
    for message in _folded(messages):
        user = message["role"] == "user"
        turns.append(f"{before}{message['content']}{after}" if user else f"{message['content']}</s>")
    return "".join(turns)


def _mistral_tight(messages: Sequence[Message]) -> str:
    return _mistral(messages, "[INST]", "[/INST]")


FAMILIES: Final[Mapping[str, Renderer]] = {}
"""SHA-256 of a template that was compared with our rendering: how we render it."""
