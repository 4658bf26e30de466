"""What the tests of the wording share: the shipped texts, read once."""

from functools import cache

from repondeur.paths import shipped
from repondeur.reply import drafting, guard, names, templates


@cache
def first_names() -> dict[str, str]:
    return names.load_names((shipped("resources") / "prenoms.txt").read_text("utf-8"))


def prompt_file(name: str) -> str:
    return (shipped("prompts") / name).read_text("utf-8")


@cache
def texts() -> drafting.Texts:
    listed = (shipped("resources") / "prenoms.txt").read_text("utf-8")
    return drafting.load_texts(compact=prompt_file("compact.toml"), general=prompt_file("general.toml"), names=listed)


@cache
def rules() -> guard.Rules:
    return guard.load_rules(prompt_file("guard.toml"), first_names())


@cache
def all_templates() -> templates.Templates:
    return templates.load_templates(prompt_file("templates.toml"))
