"""From a review to an unapproved reply, without Qt and without files: the path of the window and of the evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from repondeur.reply import envelope, prompt, review, typography
from repondeur.reply.mask import Masked, mask, unmask
from repondeur.reply.names import first_name, load_names
from repondeur.reply.record import Length, Review, Tone
from repondeur.reply.shop import Shop
from repondeur.reply.sites import profile

Style = Literal["compact", "general"]


@dataclass(frozen=True, slots=True)
class Texts:
    """Everything that is read from ``prompts/`` and ``resources/`` for a draft."""

    compact: prompt.CompactWords
    general: prompt.GeneralWords
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job ready for a model: what to ask, and what is needed to finish its answer."""

    prompt: prompt.Prompt
    review: Review
    shop: Shop
    masked: Masked
    masked_note: Masked
    names: Mapping[str, str]


def load_texts(*, compact: str, general: str, names: str) -> Texts:
    """Read the contents of ``compact.toml``, ``general.toml`` and ``prenoms.txt``."""
    return Texts(prompt.load_compact(compact), prompt.load_general(general), load_names(names))


def prepare(asked: Review, note: str, tone: Tone, length: Length, shop: Shop, style: Style, texts: Texts) -> Prepared:
    """Clean and mask the review and the note, and build the prompt.

    The starter model answers in French what is neither French nor English, greeting included; the guard says so.

    Raises:
        EmptyReview: no text and no stars.
        ReviewTooLong: the review, or the note, is longer than any site accepts.
    """
    text = review.clean(asked.text, required=asked.rating is None)
    if style == "compact" and asked.lang not in texts.compact.languages:
        asked = replace(asked, lang=texts.compact.languages[0])
    told = shop if profile(asked.site).contact else replace(shop, contact="")
    masked, masked_note = mask(text, asked.author), mask(review.clean(note), asked.author)
    request = prompt.Request(masked.text, masked_note.text, asked.rating, tone, length, asked.lang, told)
    built = prompt.compact(request, texts.compact) if style == "compact" else prompt.general(request, texts.general)
    return Prepared(built, asked, shop, masked, masked_note, texts.names)


def finish(body: str, prepared: Prepared, *, unfinished: bool = False) -> str:
    """Return the reply for ``body`` as a model wrote it: body alone, masks undone, typography, greeting, signature.

    ``unfinished``: the model was cut off by its length limit, so a last sentence without an end goes. The result is
    empty when nothing usable remains.
    """
    return dress(body_alone(body, prepared, unfinished=unfinished), prepared.review, prepared.shop, prepared.names)


def body_alone(body: str, prepared: Prepared, *, unfinished: bool = False) -> str:
    """Return a model's ``body`` without greeting, signature or repetition, cut after its last whole sentence."""
    alone = envelope.strip_body(body, prepared.shop)
    return envelope.cut_unfinished(alone) if unfinished else alone


def dress(body: str, asked: Review, shop: Shop, names: Mapping[str, str]) -> str:
    """Return the whole reply around a clean ``body`` (a model's or a template's)."""
    site = profile(asked.site)
    unmasked = unmask(body, first_name(asked.author, names), names=site.names)
    whole = envelope.wrap(unmasked, asked, shop, names=names)
    return typography.typeset(whole, asked.lang, site_keeps_narrow=site.keeps_narrow, region=shop.region)
