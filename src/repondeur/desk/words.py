"""Everything that is said in words: prompts, templates, the guard's rules, first names.

Reading and compiling them takes a tenth of a second, so the drafter imports this module when a first review is there,
not when the window opens.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from repondeur.desk.parts import Proposal, Request
from repondeur.reply import drafting, guard, support, templates
from repondeur.reply.shop import Shop
from repondeur.reply.terms import Author

NEUTRAL = 3
"""The stars that a reply without a side is written for."""


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in ``prompts/`` and ``resources/``, and what is done with it."""

    texts: drafting.Texts
    templates: templates.Templates
    rules: guard.Rules
    grounds: support.Grounds

    def served_by_template(self, request: Request) -> bool:
        """Whether a template answers this review as well as a model would."""
        return templates.serves(request.review, self.templates)

    def from_template(self, request: Request, shop: Shop, seed: int, recent: Sequence[str]) -> Proposal:
        """Return a proposal without a model; ``recent`` are the last replies, whose openings are not used again."""
        openings = [templates.opening(_without_greeting(text)) for text in recent]
        body = templates.choose(request.review, request.tone, shop, openings, seed, self.templates)
        text = drafting.dress(body, request.review, shop, self.texts.names)
        return Proposal(text, Author.TEMPLATE, "", self.templates.version)

    def prepare(self, request: Request, shop: Shop, *, starter: bool) -> drafting.Prepared:
        """Build the prompt of a request, for the starter model or for any other.

        Raises:
            EmptyReview: no text and no stars.
            ReviewTooLong: more than a review site accepts.
        """
        style: drafting.Style = "compact" if starter else "general"
        return drafting.prepare(request.review, request.note, request.tone, request.length, shop, style, self.texts)

    @staticmethod
    def finish(body: str, prepared: drafting.Prepared, *, unfinished: bool = False) -> str:
        """Return the whole reply for ``body`` as a model wrote it; empty where nothing usable remains."""
        return drafting.finish(body, prepared, unfinished=unfinished)

    def choose(self, bodies: Sequence[tuple[str, bool]], prepared: drafting.Prepared, request: Request) -> str:
        """Return the whole reply for the best of ``bodies`` (each with whether it was cut off), if any stands.

        Only French is read sentence by sentence; of other languages the first body is taken.
        """
        if request.review.lang != "fr":
            body, unfinished = bodies[0]
            return self.finish(body, prepared, unfinished=unfinished)
        alone = [drafting.body_alone(body, prepared, unfinished=cut) for body, cut in bodies]
        told = (prepared.masked.text, prepared.masked_note.text, prepared.shop.facts(), prepared.shop.trade)
        chosen = support.best(
            alone, prepared.masked.text, frozenset(support.stems("\n".join(told))), request.review.rating, self.grounds
        )
        return self.finish(chosen, prepared) if chosen else ""

    def general_template(self, request: Request, shop: Shop, seed: int, recent: Sequence[str]) -> Proposal | None:
        """Return a template that fits the stars alone (three where none are given), or ``None`` in another language."""
        stars = replace(request.review, text="", rating=request.review.rating or NEUTRAL)
        try:
            return self.from_template(replace(request, review=stars), shop, seed, recent)
        except LookupError:
            return None

    def examine(self, text: str, request: Request, shop: Shop) -> tuple[guard.Finding, ...]:
        """Return what a person should look at in ``text``."""
        return guard.examine(text, request.review, request.note, shop, self.rules)


def load(prompts: Path, resources: Path) -> Words:
    """Read the prompts, the reply templates, the guard's rules and the first names."""

    def read(name: str) -> str:
        return (prompts / name).read_text("utf-8")

    names = (resources / "prenoms.txt").read_text("utf-8")
    texts = drafting.load_texts(compact=read("compact.toml"), general=read("general.toml"), names=names)
    rules = guard.load_rules(read("guard.toml"), texts.names)
    grounds = support.load_grounds(read("appuis.toml"))
    return Words(texts, templates.load_templates(read("templates.toml")), rules, grounds)


def _without_greeting(reply: str) -> str:
    """Return what stands under the greeting of a whole reply."""
    return reply.partition("\n\n")[2] or reply
