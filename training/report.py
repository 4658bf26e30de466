"""Automatic checks of replies against their reviews. They count what a machine can see; a reader must still judge.

`python -m training.report IN.jsonl OUT.jsonl`: IN may have, beside the review, `polarity` (+, -, mixed; else the stars
say it) and `words` (any one of them in the reply counts as the concrete point answered; an empty list: nothing concrete
is to be said; without the field, any longer word that review and reply share counts).
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.corpus_data import ASSERTS, fingerprint

SORRY = re.compile(
    r"regrett|désol|navré|déplor|déception|déçu|comprenons|comprends|peine|mécontent|entendons|entendue?s?\b|excus|insatisf"
    r"|reproche|agacement|colère|contrari|attriste|réserve|dommage|sorry|apolog|disappoint|regret",
    re.IGNORECASE,
)
GLAD = re.compile(
    r"heureu|ravi|plaisir|content|joie|touch|honor|encourag|sourire|bonheur|réjoui|fier|compliment|éloge|cœur|bravo"
    r"|glad|delight|happy|pleasure|thank",
    re.IGNORECASE,
)
FORBIDDEN = re.compile(
    r"rembours|geste commercial|gratuit|bon d.achat|notre faute|nous sommes responsables|menteur|escroc|diffam|avocat"
    r"|tribunal|https?:|www\.|\b0\d(?:[ .]\d\d){4}|allergi|enceinte|maladie|<\||\||\{|\}|\[|\]|concurrent|faux avis",
    re.IGNORECASE,
)
USUAL = {
    "toujo",
    "encor",
    "vraim",
    "merci",
    "aussi",
    "avant",
    "apres",
    "petit",
    "jamai",
    "depui",
    "notre",
    "votre",
    "trouv",
}
WORD = re.compile(r"[a-zà-öø-ÿœ]+", re.IGNORECASE)


def body(reply: str) -> str:
    """Return the reply without its greeting line."""
    return re.sub(r"^(?:Bonjour|Hello|Dear)[^\n]*\n+", "", reply).strip()


def polarity_right(wanted: str, text: str) -> bool:
    """Say whether the reply sounds as the review asks: glad, sorry, or both."""
    sorry, glad = len(SORRY.findall(text)), len(GLAD.findall(text))
    if wanted == "+":
        return glad > 0 and sorry == 0
    if wanted == "-":
        return sorry > 0 and glad <= sorry
    return sorry > 0


def concrete(words: Sequence[str], text: str) -> bool | None:
    """Say whether the reply names a point of the review; `None` where none is to be named."""
    low = fingerprint(text)
    return any(fingerprint(w) in low for w in words) if words else None


def _shared(review: str, text: str) -> bool:
    """Say whether review and reply share a word of six letters and more, by its first five, usual ones left out."""
    own, said = ({fingerprint(w)[:5] for w in WORD.findall(t) if len(w) > 5} for t in (review, text))
    return bool((own - USUAL) & said)


def _polarity(raw: Mapping[str, Any]) -> str:
    stars = raw.get("rating") or 3
    return str(raw.get("polarity") or ("+" if stars > 3 else "-" if stars < 3 else "mixed"))


def invented(raw: Mapping[str, Any], text: str) -> list[str]:
    """Return numbers, capitalised words inside sentences, and claims of work done that nobody told."""
    known = fingerprint(" ".join(str(raw.get(k) or "") for k in ("text", "note", "author", "trade")))
    found = [n for n in re.findall(r"\d+", text) if n not in known]
    found += [m for m in re.findall(r"(?<=[a-zà-ÿ,;] )[A-ZÀ-Ý][a-zà-ÿ]+", text) if fingerprint(m) not in known]
    if not raw.get("note") and (claim := ASSERTS.search(text)):
        found.append(claim.group(0))
    return found


def misspelt(texts: Sequence[str]) -> set[str] | None:
    """Return the words that hunspell's French dictionary does not know; `None` where hunspell is missing."""
    if shutil.which("hunspell") is None:
        return None
    words = "\n".join(sorted({w for t in texts for w in WORD.findall(t)}))
    done = subprocess.run(["hunspell", "-d", "fr", "-l"], input=words, capture_output=True, text=True, check=False)
    return set(done.stdout.split()) if done.returncode == 0 else None


def repeated(text: str) -> bool:
    """Say whether a sentence, or four words in a row, stands twice in the reply."""
    words = [w.lower() for w in WORD.findall(text)]
    runs = [" ".join(words[n : n + 5]) for n in range(len(words) - 4)]
    return len(runs) != len(set(runs))


def check(raw: Mapping[str, Any], row: Mapping[str, Any], unknown: set[str] | None) -> dict[str, Any]:
    """Return every check of one reply."""
    text = body(str(row["reply"]))
    own = {w.lower() for w in WORD.findall(str(raw.get("text")))}
    faults = [w for w in WORD.findall(text) if w in (unknown or ()) and w.lower() not in own]
    english = raw.get("lang") == "en"
    result = {
        "polarity": polarity_right(_polarity(raw), text),
        "concrete": concrete(raw["words"], text) if "words" in raw else _shared(str(raw["text"]), text),
        "invented": invented(raw, text),
        "forbidden": bool(FORBIDDEN.search(text)),
        "repeated": repeated(text),
        "words": len(WORD.findall(text)),
        "faults": [] if english else faults,
    }
    good = result["polarity"] and result["concrete"] is not False and not result["invented"]
    result["passes"] = bool(
        good and not result["forbidden"] and not result["repeated"] and 12 <= result["words"] <= 110
    )
    return result


def summary(raws: Sequence[Mapping[str, Any]], replies: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the shares over all replies; spelling in words of every hundred."""
    by_id = {r["id"]: r for r in replies}
    pairs = [(raw, by_id[raw["id"]]) for raw in raws if raw["id"] in by_id]
    unknown = misspelt([body(str(row["reply"])) for raw, row in pairs if raw.get("lang") != "en"])
    checks = [check(raw, row, unknown) for raw, row in pairs]
    known = [c["concrete"] for c in checks if c["concrete"] is not None]
    words = sum(c["words"] for c in checks) or 1
    return {
        "replies": len(checks),
        "concrete": round(sum(known) / max(1, len(known)), 3),
        "polarity": round(sum(c["polarity"] for c in checks) / len(checks), 3),
        "invented": round(sum(bool(c["invented"]) for c in checks) / len(checks), 3),
        "forbidden": sum(c["forbidden"] for c in checks),
        "repeated": sum(c["repeated"] for c in checks),
        "spelling": None if unknown is None else round(100 * sum(len(c["faults"]) for c in checks) / words, 2),
        "words": round(words / len(checks), 1),
        "passes": sum(c["passes"] for c in checks),
        "by_model": sum(r.get("by") == "model" for r in replies),
        "seconds": round(statistics.median(float(r.get("seconds") or 0) for r in replies), 3),
    }


def table(raws: Sequence[Mapping[str, Any]], replies: Sequence[Mapping[str, Any]]) -> str:
    """Return the summary as lines of text."""
    return "\n".join(f"{name:10} {value}" for name, value in summary(raws, replies).items())


def main() -> None:
    """Print the summary of a finished evaluation; `--each` prints every reply with its checks."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("source", type=Path, metavar="IN.jsonl")
    parser.add_argument("target", type=Path, metavar="OUT.jsonl")
    parser.add_argument("--each", action="store_true")
    args = parser.parse_args()
    raws, replies = (
        [json.loads(s) for s in p.read_text("utf-8").splitlines() if s] for p in (args.source, args.target)
    )
    if args.each:
        by_id = {r["id"]: r for r in replies}
        unknown = misspelt([body(str(r["reply"])) for r in replies])
        for raw in raws:
            print(raw["id"], raw["rating"], raw["text"], "| note:", raw.get("note"))
            print("  →", body(str(by_id[raw["id"]]["reply"])))
            print("   ", check(raw, by_id[raw["id"]], unknown))
    print(table(raws, replies))


if __name__ == "__main__":
    main()
