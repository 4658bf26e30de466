"""The figures as CSV that a French spreadsheet opens as it is: semicolons, decimal commas, UTF-8 with its mark.

No word of a review or a reply is in it. The headings are data of the file, in French.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Final

from repondeur.insight.statistics import Summary
from repondeur.reply.draft import Approval
from repondeur.reply.record import Author, Entry

REPLY_HEADINGS: Final = (
    "Numéro",
    "Date",
    "Semaine",
    "Étoiles",
    "Site",
    "Ton",
    "Longueur",
    "Rédigée par",
    "Rédacteur",
    "Contrôle",
    "Temps passé (min)",
    "Temps à la main (min)",
    "Temps gagné (min)",
)
WEEK_HEADINGS: Final = (
    "Semaine",
    "Du",
    "Réponses",
    "Réponses mesurées",
    "Temps gagné (min)",
    "Dont brouillons abandonnés (min)",
)

_BY: Final = {Author.MODEL: "modèle", Author.TEMPLATE: "réponse type", Author.PERSON: "personne"}
_CONTROL: Final = {Approval.EDITED: "modifiée", Approval.APPROVED: "approuvée telle quelle"}
# A cell that starts so is a formula to a spreadsheet (OWASP, CSV injection); the full-width forms count too.
_FORMULA: Final = tuple("=+-@＝＋－＠")


def replies_csv(entries: Sequence[Entry], zone: tzinfo | None = None) -> str:
    """Return one line a reply, oldest first. Minutes, 4 decimals; empty where nothing was measured.

    ``zone`` is the local time zone, ``None`` the computer's.
    """
    return _table(REPLY_HEADINGS, (_reply(entry, zone) for entry in sorted(entries, key=lambda e: (e.created, e.id))))


def weeks_csv(summary: Summary) -> str:
    """Return one line an ISO week. Minutes, 4 decimals; empty where nothing was measured."""
    rows = (
        (
            _iso_week(*week.number),
            week.monday.isoformat(),
            week.replies,
            week.measured,
            _minutes(week.saved_minutes),
            _minutes(week.lost_minutes),
        )
        for week in summary.weeks
    )
    return _table(WEEK_HEADINGS, rows)


def to_bytes(table: str) -> bytes:
    """Return the file's content: UTF-8 behind a byte order mark, without which Excel takes it for Windows-1252."""
    return table.encode("utf-8-sig", "backslashreplace")


def _reply(entry: Entry, zone: tzinfo | None) -> tuple[object, ...]:
    local = entry.created.astimezone(zone)
    year, week, _ = local.isocalendar()
    saved = entry.saved_seconds
    return (
        entry.id,
        local.strftime("%Y-%m-%d %H:%M"),
        _iso_week(year, week),
        entry.review.rating or "",
        _free(entry.review.site),
        str(entry.tone),
        str(entry.length),
        _BY[entry.generated_by],
        _free(entry.model),
        _CONTROL[entry.approval],
        _minutes(entry.active_seconds / 60),
        _minutes(None if entry.baseline_seconds is None else entry.baseline_seconds / 60),
        _minutes(None if saved is None else saved / 60),
    )


def _table(headings: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue()


def _minutes(value: float | None) -> str:
    return "" if value is None else f"{round(value, 4) + 0.0:.4f}".replace(".", ",")


def _iso_week(year: int, week: int) -> str:
    return f"{year}-S{week:02d}"


def _free(text: str) -> str:
    """Return free text as one harmless cell: no control characters, and no formula."""
    plain = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf"}).strip()
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
