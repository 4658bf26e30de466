"""Writes the words of plain courtesy into ``prompts/appuis.toml``: those that replies of many trades share.

`python -m training.courtesy` counts, in the banks, in how many trades' replies each word's beginning stands. One that
stands in at least `TRADES` of them, or that an opening, a closing or a reply template uses, says nothing of a
particular shop. What a customer speaks of (`SIGNS` in the file, written by hand) is never courtesy.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import defaultdict
from pathlib import Path

from repondeur.reply.support import stems

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "prompts" / "appuis.toml"
TRADES = 15


def shared_stems() -> set[str]:
    """Return the stems of courtesy."""
    trades: defaultdict[str, set[str]] = defaultdict(set)
    for path in sorted((HERE / "corpus" / "bank").glob("*.json")):
        bank = json.loads(path.read_text("utf-8"))
        for cell in bank["cells"]:
            for texts in cell["replies"].values():
                for stem in stems(" ".join(texts)):
                    trades[stem].add(path.stem)
    found = {stem for stem, where in trades.items() if len(where) >= TRADES}
    general = json.loads((HERE / "corpus" / "general.json").read_text("utf-8"))
    for part in ("openings", "closings"):
        for tones in general[part].values():
            for texts in tones.values():
                found.update(stems(" ".join(texts)))
    templates = tomllib.loads((HERE.parent / "prompts" / "templates.toml").read_text("utf-8"))
    for cell in templates["cell"]:
        for name in ("openings", "closings"):
            found.update(stems(" ".join(cell[name])))
    return found


def main() -> None:
    """Replace the list in the file, and nothing else."""
    text = TARGET.read_text("utf-8")
    words = sorted(shared_stems())
    lines, line = [], ""
    for word in words:
        if len(line) + len(word) > 110:
            lines.append(line.rstrip())
            line = ""
        line += word + " "
    block = 'courtesy = """\n' + "\n".join([*lines, line.rstrip()]) + '"""'
    TARGET.write_text(re.sub(r'courtesy = """.*?"""', block, text, count=1, flags=re.S), "utf-8")
    print(len(words), "stems")


if __name__ == "__main__":
    main()
