#!/usr/bin/env python3
"""Check the corpus files beside this script; print every fault and the counts. Exit 1 on any fault."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TONES = ("chaleureux", "sobre", "soutenu")
ASPECTS = {
    *("produit", "qualité", "accueil", "conseil", "délai", "ponctualité", "prix", "propreté", "communication"),
    *("devis", "facture", "sav", "confiance", "lieu", "choix", "urgence", "sécurité", "ambiance"),
}
KEYS = {"trade", "rating", "tone", "length", "note", "lang", "review", "reply"}
VOWELS = tuple("aeiouyhâàéèêëîïôöùûüœAEIOUYHÉÈÊÀ")
FORBIDDEN = re.compile(
    r"rembours|\bavoir de |geste commercial|offr(?:ons|irons|ir) (?:un|une|la|le)\b.*gratuit|bon d.achat|notre faute"
    r"|nous sommes responsables|menteur|escroc|diffam|avocat|tribunal|https?:|www\.|\b0\d(?:[ .]\d\d){4}|allergi"
    r"|enceinte|maladie",
    re.IGNORECASE,
)
GREETING = re.compile(r"(?:Bonjour|Chère?|Madame|Monsieur)\b")
REPLY_RULES = (
    (re.compile(r"'"), "straight apostrophe"),
    (re.compile(r"[^.!?…]\s*$"), "no final punctuation"),
    (re.compile(r"\d"), "digit in a reply"),
    (FORBIDDEN, "forbidden in a reply"),
    (re.compile(r"\b(?:tu|ton|ta|tes|toi)\b"), "tutoiement"),
    (re.compile(rf"^{GREETING.pattern}"), "greeting inside the body"),
)


class Check:
    """Reads every file once and gathers what is wrong."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self.faults: list[str] = []
        self.counts: Counter[str] = Counter()
        self.seen: dict[tuple[bool, str], str] = {}

    def fault(self, where: str, what: str) -> None:
        """Note one fault."""
        self.faults.append(f"{where}: {what}")

    def sentence(self, where: str, text: object, *, reply: bool) -> None:
        """Check one sentence by itself, and that it stands only once."""
        if not isinstance(text, str) or not text.strip():
            self.fault(where, "empty text")
            return
        for rule, what in REPLY_RULES if reply else ():
            if rule.search(text):
                self.fault(where, f"{what}: {text[:80]}")
        key = (reply, text.strip().lower())
        if key in self.seen:
            self.fault(where, f"already in {self.seen[key]}: {text[:60]}")
        self.seen[key] = where

    def cell(self, name: str, c: dict[str, Any]) -> None:
        """Check one cell: its fields, enough sentences on both sides, and its swaps."""
        where = f"{name}[{c.get('topic')}{c.get('polarity')}]"
        if c.get("polarity") not in ("+", "-"):
            self.fault(where, "polarity is + or -")
        if c.get("aspect") not in ASPECTS:
            self.fault(where, f"aspect {c.get('aspect')!r}")
        if len(c.get("reviews", [])) < 6:
            self.fault(where, f"{len(c.get('reviews', []))} reviews, 6 wanted")
        for text in c.get("reviews", []):
            self.sentence(where, text, reply=False)
        for tone, least in zip(TONES, (2, 2, 1), strict=True):
            self._replies(where, c, tone, least)
        for group in c.get("swaps", []):
            self._swap(where, c, group)

    def _replies(self, where: str, c: dict[str, Any], tone: str, least: int) -> None:
        texts = c.get("replies", {}).get(tone, [])
        if len(texts) < least:
            self.fault(where, f"{len(texts)} replies in tone {tone}, {least} wanted")
        for text in texts:
            self.sentence(where, text, reply=True)
            if "{emp}" in text and not all("{emp}" in r for r in c["reviews"]):
                self.fault(where, "a reply uses {emp} and not every review has it")

    def _swap(self, where: str, c: dict[str, Any], group: list[str]) -> None:
        if len({w.startswith(VOWELS) for w in group}) > 1:
            self.fault(where, f"swap mixes vowel and consonant starts: {group}")
        replies = [t for texts in c["replies"].values() for t in texts]
        if not any(group[0] in t for t in c["reviews"]) or not any(group[0] in t for t in replies):
            self.fault(where, f"swap {group[0]!r} stands in no review or in no reply")

    def bank(self, path: Path) -> None:
        """Check one trade's file."""
        try:
            bank = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            self.fault(path.name, str(error))
            return
        if bank.get("trade") != path.stem:
            self.fault(path.name, "trade is not the file's name")
        polarity = Counter(c.get("polarity") for c in bank.get("cells", []))
        if polarity["+"] < 8 or polarity["-"] < 8:
            self.fault(path.name, f"cells by polarity {dict(polarity)}, 8 of each wanted")
        for c in bank.get("cells", []):
            self.cell(path.name, c)
            self.counts["cells"] += 1
            self.counts["review sentences"] += len(c.get("reviews", []))
            self.counts["reply sentences"] += sum(map(len, c.get("replies", {}).values()))
        self.counts["trades"] += 1

    def gold(self, where: str, line: str) -> None:
        """Check one hand-written pair."""
        try:
            pair = json.loads(line)
        except ValueError as error:
            self.fault(where, str(error))
            return
        if missing := KEYS - set(pair):
            self.fault(where, f"missing {sorted(missing)}")
            return
        words = len(pair["reply"].split())
        if not 12 <= words <= 110:
            self.fault(where, f"{words} words in the reply")
        if pair["lang"] == "fr":
            if GREETING.match(pair["reply"]):
                self.fault(where, "greeting inside the body")
            if "'" in pair["reply"]:
                self.fault(where, "straight apostrophe")
            if found := FORBIDDEN.search(pair["reply"]):
                self.fault(where, f"forbidden: {found.group(0)!r}")
        self.counts["gold pairs"] += 1


def main() -> int:
    """Check everything; return the exit status."""
    check = Check()
    for path in sorted((HERE / "bank").glob("*.json")):
        check.bank(path)
    for path in sorted((HERE / "gold").glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            check.gold(f"{path.name}:{number}", line)
    print("\n".join(check.faults))
    print("; ".join(f"{n} {what}" for what, n in check.counts.items()), f"; {len(check.faults)} faults")
    return bool(check.faults)


if __name__ == "__main__":
    sys.exit(main())
