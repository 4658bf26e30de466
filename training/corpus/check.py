#!/usr/bin/env python3
"""Check the corpus files beside this script; print every fault and the counts. Exit 1 on any fault."""

import json
import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
TONES = ("chaleureux", "sobre", "soutenu")
ASPECTS = set(
    ["produit", "qualité", "accueil", "conseil", "délai", "ponctualité", "prix", "propreté", "communication", "devis", "facture", "sav", "confiance", "lieu", "choix", "urgence", "sécurité", "ambiance"]
)
VOWELS = tuple("aeiouyhâàéèêëîïôöùûüœAEIOUYHÉÈÊÀ")
FORBIDDEN = re.compile(
    r"rembours|\bavoir de |geste commercial|offr(?:ons|irons|ir) (?:un|une|la|le)\b.*gratuit|bon d.achat|notre faute|nous sommes responsables"
    r"|menteur|escroc|diffam|avocat|tribunal|https?:|www\.|\b0\d(?:[ .]\d\d){4}|allergi|enceinte|maladie",
    re.I,
)
faults, seen = [], {}


def fault(where, what):
    faults.append(f"{where}: {what}")


def sentence(where, text, *, reply):
    if not isinstance(text, str) or not text.strip():
        return fault(where, "empty text")
    if "'" in text and reply:
        fault(where, f"straight apostrophe: {text[:60]}")
    if reply:
        if text.rstrip()[-1] not in ".!?…":
            fault(where, f"no final punctuation: {text[:60]}")
        if re.search(r"\d", text):
            fault(where, f"digit in a reply: {text[:60]}")
        if FORBIDDEN.search(text):
            fault(where, f"forbidden in a reply: {FORBIDDEN.search(text).group(0)!r} in {text[:80]}")
        if re.search(r"\b(?:tu|ton|ta|tes|toi)\b", text):
            fault(where, f"tutoiement: {text[:60]}")
        if re.match(r"(?:Bonjour|Chère?|Madame|Monsieur)\b", text):
            fault(where, f"greeting inside the body: {text[:60]}")
    key = text.strip().lower()
    if key in seen and reply == seen[key][1]:
        fault(where, f"already in {seen[key][0]}: {text[:60]}")
    seen[key] = (where, reply)


def cell(where, c, *, reviews=6, replies=(2, 2, 1)):
    where = f"{where}[{c.get('topic')}{c.get('polarity')}]"
    if c.get("polarity") not in ("+", "-"):
        fault(where, "polarity is + or -")
    if c.get("aspect") not in ASPECTS:
        fault(where, f"aspect {c.get('aspect')!r}")
    if len(c.get("reviews", [])) < reviews:
        fault(where, f"{len(c.get('reviews', []))} reviews, {reviews} wanted")
    for t in c.get("reviews", []):
        sentence(where, t, reply=False)
    for tone, n in zip(TONES, replies):
        texts = c.get("replies", {}).get(tone, [])
        if len(texts) < n:
            fault(where, f"{len(texts)} replies in tone {tone}, {n} wanted")
        for t in texts:
            sentence(where, t, reply=True)
            if "{emp}" in t and not all("{emp}" in r for r in c["reviews"]):
                fault(where, "a reply uses {emp} and not every review has it")
    for group in c.get("swaps", []):
        kinds = {w.startswith(VOWELS) for w in group}
        if len(kinds) > 1:
            fault(where, f"swap mixes vowel and consonant starts: {group}")
        every = [t for ts in c["replies"].values() for t in ts]
        if not any(group[0] in t for t in c["reviews"]) or not any(group[0] in t for t in every):
            fault(where, f"swap {group[0]!r} stands in no review or in no reply")


counts = Counter()
for path in sorted((HERE / "bank").glob("*.json")):
    try:
        bank = json.loads(path.read_text("utf-8"))
    except ValueError as e:
        fault(path.name, e)
        continue
    if bank.get("trade") != path.stem:
        fault(path.name, "trade is not the file's name")
    polarity = Counter(c.get("polarity") for c in bank.get("cells", []))
    if polarity["+"] < 8 or polarity["-"] < 8:
        fault(path.name, f"cells by polarity {dict(polarity)}, 8 of each wanted")
    for c in bank.get("cells", []):
        cell(path.name, c)
        counts["cells"] += 1
        counts["review sentences"] += len(c.get("reviews", []))
        counts["reply sentences"] += sum(map(len, c.get("replies", {}).values()))
    counts["trades"] += 1
for path in sorted((HERE / "gold").glob("*.jsonl")):
    for n, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            p = json.loads(line)
        except ValueError as e:
            fault(f"{path.name}:{n}", e)
            continue
        missing = {"trade", "rating", "tone", "length", "note", "lang", "review", "reply"} - set(p)
        if missing:
            fault(f"{path.name}:{n}", f"missing {sorted(missing)}")
            continue
        words = len(p["reply"].split())
        if not 12 <= words <= 110:
            fault(f"{path.name}:{n}", f"{words} words in the reply")
        if p["lang"] == "fr":
            if re.match(r"(?:Bonjour|Chère?|Madame|Monsieur)\b", p["reply"]):
                fault(f"{path.name}:{n}", "greeting inside the body")
            if "'" in p["reply"]:
                fault(f"{path.name}:{n}", "straight apostrophe")
            if FORBIDDEN.search(p["reply"]):
                fault(f"{path.name}:{n}", f"forbidden: {FORBIDDEN.search(p['reply']).group(0)!r}")
        counts["gold pairs"] += 1
print("\n".join(faults))
print("; ".join(f"{v} {k}" for k, v in counts.items()), f"; {len(faults)} faults")
sys.exit(bool(faults))
