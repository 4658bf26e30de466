"""Chat templates: how a model wants its messages wrapped.

A known template (by the SHA-256 of its text) is rendered by our own few lines; an unknown one by jinja2's immutable
sandbox, in the engine's process, while a timer runs. Neither ever sees what a person wrote: messages hold unguessable
markers, put in the place of each part, and the rendered text is cut at them.
"""

import hashlib
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

RENDER_SECONDS: Final = 5.0
RENDERED_LIMIT: Final = 1 << 17
"""The longest rendered text, in characters, taken from an unknown template."""

TODAY: Final = "26 Jul 2024"
"""The day given to templates that ask for one: Llama's own default, so that a prompt is the same every day."""

_TRAINING_TAGS: Final = re.compile(r"{%-?\s*(?:end)?generation\s*-?%}")
"""Marks for training that jinja2 does not know."""

Message = Mapping[str, str]
Renderer = Callable[[Sequence[Message]], str]


class TemplateRefused(Exception):
    """A template that fails, or does not give back every message once and in order."""


def glue(
    template: str, roles: Sequence[str], counts: Sequence[int], names: tuple[str, str], *, opened: bool = False
) -> list[str]:
    """Return the template's own texts around each part: one more than there are parts in all.

    ``roles`` and ``counts`` give each message's role and number of parts, ``names`` the tokens that open and end a
    text. ``opened``: the opening token stands there already, so the template's own is left out.

    Raises:
        TemplateRefused: the template cannot be used for these messages.
    """
    marks = [[f"@{secrets.token_hex(16)}@" for _ in range(count)] for count in counts]
    messages = [{"role": role, "content": "".join(row)} for role, row in zip(roles, marks, strict=True)]
    flat = [mark for row in marks for mark in row]
    for attempt in (messages, _folded(messages)):
        try:
            return _cut(_render(template, attempt, names), flat, names[0] if opened else "")
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
        return (names[0] if "bos_token" in template else "") + family(messages)
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
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = lambda _form: TODAY
    try:
        rendered = environment.from_string(_TRAINING_TAGS.sub("", template)).render(
            messages=messages,
            add_generation_prompt=True,
            enable_thinking=False,
            bos_token=names[0],
            eos_token=names[1],
        )
    except Exception as bad:  # whatever the file's own code runs into
        raise TemplateRefused from bad
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
    dates = f"Cutting Knowledge Date: December 2023\nToday Date: {TODAY}\n\n"
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


def _mistral_system(messages: Sequence[Message]) -> str:
    """Since 2025 Mistral's models have a turn for the system message."""
    system = "".join(f"[SYSTEM_PROMPT]{m['content']}[/SYSTEM_PROMPT]" for m in messages if m["role"] == "system")
    return system + _mistral_tight([m for m in messages if m["role"] != "system"])


def _gemma4(messages: Sequence[Message]) -> str:
    roles = {"assistant": "model"}
    turns = "".join(f"<|turn>{roles.get(m['role'], m['role'])}\n{m['content']}<turn|>\n" for m in messages)
    return f"{turns}<|turn>model\n<|channel>thought\n<channel|>"


def _granite(messages: Sequence[Message]) -> str:
    turns = "".join(f"<|start_of_role|>{m['role']}<|end_of_role|>{m['content']}<|end_of_text|>\n" for m in messages)
    return f"{turns}<|start_of_role|>assistant<|end_of_role|>"


def _phi3(messages: Sequence[Message]) -> str:
    turns = "".join(f"<|{m['role']}|>\n{m['content']}<|end|>\n" for m in messages)
    return f"{turns}<|assistant|>\n"


FAMILIES: Final[Mapping[str, Renderer]] = {
    "a30b8c4531dda19196f35fb95ab84110dd8357acbd75eea3776c5543a70db5a9": _chatml,  # Bielik-11B-v3.0-Instruct
    "153280e3ff55d19da1398bdb3914ee2a51b80429bfaedde11d7d216c39db80f3": _chatml,  # ChatML
    "2294f49b51a0b9a1b0194add3f124237b5bd986599f43180eec49bba4de01365": _chatml,  # LFM2-8B-A1B
    "6d65c8804847ad74eea912dd7eca3dc1cf7a457b53a77f47d841a14121910963": _chatml,  # LFM2.5-8B-A1B
    "f05bf4b967dc993bdc7a2fe6e43759ee218eb0eb340d68b063e1c4f8ad148176": _chatml,  # LFM2.5-Instruct
    "e7fa3f870aabfc1c9cadf448926fee2bc3e0e4c2546edb2b7a8b933313607057": _chatml,  # MiMo-VL
    "55b2f4a26ac9ee719330a61a0c39d9e538b0e9322212f048326318cff4f8674a": _chatml,  # Qwen2.5-7B-Instruct
    "eae48a3307931acb10a6fce475a36b711709672ea79ee1a9bc52f083d8b0a2af": _chatml,  # Qwen3-Coder
    "87a2728cb8dc9fe424d624542f6060ec05a1d285ebbec578bb078900e33396b5": _chatml_unthinking,  # Qwen3-0.6B
    "a4aee8afcf2e0711942cf848899be66016f8d14a889ff9ede07bca099c28f715": _chatml_unthinking,  # Qwen3.5-4B
    "3a7cb642bf35cb4106cd3895147d8fcded3be856ad56cf6c88510aec879c2427": _chatml_unthinking,  # StepFun3.5-Flash
    "86c78150a71c4c5b597cb8571c0d48b9a5c10f89cd54c02e02343ceb0bac5c0a": _chatml_unthinking,  # MiniCPM5-1B
    "ecd6ae513fe103f0eb62e8ab5bfa8d0fe45c1074fa398b089c93a7e70c15cfd6": _gemma,  # gemma-2-2b-it
    "1d35a24a2a63cc600c0cab43628a6df4cd3318e959b03307cf5f9f7e29ecf783": _gemma4,  # gemma-4-31B-it
    "df900edd2fcee5defc268bee887666c43c976d973bb3e87355b52423a651bf91": _gemma4,  # gemma-4-31B-it (2)
    "d0657ba05651bd2134160e7a9fbe40f1aa51ecb6bc2724618e34b04466291f87": _granite,  # granite-3.3-2B-Instruct
    "9524df67b77a7b25a2dfee898f75b316a157eb9d855b51e32aeac79d7c8a83ce": _granite,  # granite-4.0
    "fed2756d2d24e127b951dcf139d0b03ab7db8ef23a456128ebc9c2db4901d476": _granite,  # granite-4.1
    "ba03a121d097859c7b5b9cd03af99aafe95275210d2876f642ad9929a150f122": _llama3,  # Meta-Llama-3-8B-Instruct
    "93c0e9aa3629bbd77e68dbc0f5621f6e6b23aa8d74b932595cdb8d64684526d7": _llama31,  # Llama-3.1-8B-Instruct
    "d82792f95932f1c9cef5c4bd992f171225e3bf8c7b609b4557c9e1ec96be819f": _llama31,  # Llama-3.2-3B-Instruct
    "7e995b379ec01747807246483647cd99030abf331653f1119e16d7ac041a3495": _mistral,  # Mistral-7B-Instruct-v0.1
    "26a59556925c987317ce5291811ba3b7f32ec4c647c400c6cc7e3a9993007ba7": _mistral,  # Mixtral-8x7B-Instruct
    "d990bccdaaa20611e261434bf60bce767b03d8ee1f1d9b5cd0742b1cc96066b9": _mistral_system,  # Mistral-Small-3.2
    "31b50c917746ef1c2611c2fef122d3ebee690aca5748ab37832734f9ad375da1": _mistral_system,  # Ministral-3-Reasoning
    "039a4710e2aabaa79e85a233fa3daa4fbc030a4a8dc218cb7f34fb0c4b8c13b1": _mistral_system,  # Devstral-2507
    "e7deee034838db2bfc7487788a3013d8a307ab69f72f3c54a85f06fd76007d4e": _mistral_tight,  # Mistral-Nemo-Instruct-2407
    "78d976a442bcde2f0be15aafbb8e3050e1104f86732266f68403251b89982a90": _phi3,  # Phi-3.5-mini-instruct
}
"""SHA-256 of a template that was compared with our rendering: how we render it."""
