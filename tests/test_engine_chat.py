"""Chat templates: our rendering equals the template's own, and no template sees or does more than it should."""

import ast
import importlib.util
from pathlib import Path

import pytest
from gguf_factory import CHATML, GEMMA, LLAMA3, MISTRAL, PRYING_TEMPLATE, UNKNOWN_TEMPLATE
from jinja2.sandbox import ImmutableSandboxedEnvironment

from repondeur.engine import chat

NAMES = ("<s>", "</s>")


def makers() -> dict[str, str]:
    """Return the templates that llama-cpp-python quotes from the models' makers, read from its source."""
    spec = importlib.util.find_spec("llama_cpp")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    source = (Path(spec.submodule_search_locations[0]) / "llama_chat_format.py").read_text("utf-8")
    assigned = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    named = {node.targets[0].id: node.value for node in assigned if isinstance(node.targets[0], ast.Name)}
    return {name: ast.literal_eval(value) for name, value in named.items() if name.endswith("_CHAT_TEMPLATE")}


MAKERS = makers()
TEMPLATES = {
    "ChatML": CHATML,
    "Llama 3": LLAMA3,
    "Gemma": GEMMA,
    "Mistral": MISTRAL,
    "Mixtral": MAKERS["MIXTRAL_INSTRUCT_CHAT_TEMPLATE"],
}
SYSTEM_AND_USER = (["system", "user"], [1, 2])


def jinja(template: str, messages: list[dict[str, str]]) -> str:
    """Render as the model's makers do."""
    rendered = (
        ImmutableSandboxedEnvironment()
        .from_string(template)
        .render(messages=messages, add_generation_prompt=True, bos_token=NAMES[0], eos_token=NAMES[1])
    )
    return rendered.removeprefix(NAMES[0])


def test_the_templates_are_the_makers_own() -> None:
    assert MAKERS["CHATML_CHAT_TEMPLATE"] == CHATML
    assert MAKERS["LLAMA3_INSTRUCT_CHAT_TEMPLATE"] == LLAMA3
    assert MAKERS["MISTRAL_INSTRUCT_CHAT_TEMPLATE"] == MISTRAL


@pytest.mark.parametrize("name", TEMPLATES)
def test_our_rendering_equals_the_template(name: str) -> None:
    template = TEMPLATES[name]
    assert chat.fingerprint(template) in chat.FAMILIES
    texts = chat.glue(template, *SYSTEM_AND_USER, NAMES, opened=True)
    ours = f"{texts[0]}SYS{texts[1]}A{texts[2]}B{texts[3]}"
    if "system" in template or name in ("Mistral", "Mixtral"):
        expected = jinja(template, [{"role": "user", "content": "SYS\n\nAB"}])
    else:
        expected = jinja(template, [{"role": "system", "content": "SYS"}, {"role": "user", "content": "AB"}])
    assert ours == expected


def test_every_known_rendering_holds_every_part_once_and_in_order() -> None:
    messages = [{"role": role, "content": f"<{role}>"} for role in ("system", "user")]
    longer = [*messages, {"role": "assistant", "content": "<assistant>"}, {"role": "user", "content": "<fin>"}]
    for family in set(chat.FAMILIES.values()):
        for rendered, marks in ((family(messages), ["<system>", "<user>"]), (family(longer), ["<assistant>", "<fin>"])):
            places = [rendered.index(mark) for mark in marks]
            assert places == sorted(places)
            assert all(rendered.count(mark) == 1 for mark in marks)


def test_white_space_around_a_template_does_not_change_it() -> None:
    assert chat.fingerprint(f"\n{CHATML}\r\n ") == chat.fingerprint(CHATML)


def test_an_unknown_template_is_rendered_and_told_not_to_think() -> None:
    assert chat.fingerprint(UNKNOWN_TEMPLATE) not in chat.FAMILIES
    texts = chat.glue(UNKNOWN_TEMPLATE, *SYSTEM_AND_USER, NAMES)
    assert texts == ["### system:\n", "<|fin|>\n### user:\n", "", "<|fin|>\n### réponse:\n"]


def test_a_thought_that_the_template_opens_is_closed() -> None:
    template = "{% for m in messages %}{{ m.content }}{% endfor %}<think>\n"
    assert chat.glue(template, *SYSTEM_AND_USER, NAMES)[-1].endswith("<think>\n\n</think>\n\n")


def test_a_template_without_a_system_role_gets_it_in_the_first_message() -> None:
    template = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('non') }}{% endif %}"
        "U:{{ m.content }}{% endfor %}"
    )
    assert chat.glue(template, *SYSTEM_AND_USER, NAMES) == ["U:", "\n\n", "", ""]
    silent = "{% for m in messages if m.role != 'system' %}{{ m.content }};{% endfor %}"
    assert chat.glue(silent, *SYSTEM_AND_USER, NAMES) == ["", "\n\n", "", ";"]


@pytest.mark.parametrize("template", ["{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}", MISTRAL])
def test_the_opening_token_stands_there_once(template: str) -> None:
    assert not chat.glue(template, *SYSTEM_AND_USER, NAMES, opened=True)[0].startswith(NAMES[0])
    assert chat.glue(template, *SYSTEM_AND_USER, NAMES)[0].startswith(NAMES[0])


def test_marks_for_training_are_passed_over() -> None:
    template = "{% for m in messages %}{%- generation -%}{{ m.content }}{% endgeneration %}{% endfor %}"
    assert chat.glue(template, *SYSTEM_AND_USER, NAMES) == ["", "", "", ""]


@pytest.mark.parametrize(
    "template",
    [
        PRYING_TEMPLATE,
        "{{ messages.append(1) }}",
        "{{ cycler.__init__.__globals__ }}{{ messages[0].content }}",
        "{{ ''.join(messages|map(attribute='content')) }}{{ ''.join(messages|map(attribute='content')) }}",
        "{{ messages[0].content|upper }}{{ messages[1].content }}",
        "{{ messages[1].content }}",
        "rien",
        "{% inconnu %}",
        "{{ 1 / 0 }}",
        "{{ 'x' * 1000000 }}{% for m in messages %}{{ m.content }}{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{{ messages.1.content.format(self) }}",
    ],
)
def test_a_template_that_does_anything_else_is_refused(template: str) -> None:
    with pytest.raises(chat.TemplateRefused):
        chat.glue(template, *SYSTEM_AND_USER, NAMES)
