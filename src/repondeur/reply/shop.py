"""The shop's own sheet: what a reply may say about the shop without inventing it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Shop:
    """What the artisan told the program about the shop; every field may be empty.

    ``trade`` is the trade's usual French word (« boulangerie »), ``signature`` closes each reply, ``we`` says whether
    the shop speaks as « nous » or « je ». ``contact`` is the sentence that proposes a private talk, ``team`` the first
    names that may stand in a reply, ``sells`` and ``hours`` are free text. ``region`` is ``fr`` or ``qc``: Québec sets
    no space before ``; ! ?``.
    """

    name: str = ""
    trade: str = ""
    town: str = ""
    signature: str = ""
    we: Literal["nous", "je"] = "nous"
    contact: str = ""
    team: tuple[str, ...] = ()
    sells: str = ""
    hours: str = ""
    region: Literal["fr", "qc"] = "fr"

    def facts(self) -> str:
        """Return every fact of the sheet as one text, to look words and numbers up in."""
        fields = (self.name, self.trade, self.town, self.signature, self.contact, *self.team, self.sells, self.hours)
        return "\n".join(field for field in fields if field)

    def closing(self) -> str:
        """Return the signature: the one of the sheet, else the shop's name, else nothing."""
        return self.signature.strip() or self.name.strip()
