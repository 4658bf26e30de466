"""Figures in words that a person reads at a glance: durations, minutes saved, sizes."""

from datetime import datetime

from PySide6.QtCore import QDateTime, QLocale

MINUS = "−"


def duration(seconds: float) -> str:
    """Return ``seconds`` as « 45 s », « 2 min 05 » or « 1 h 20 »; a minus sign where negative."""
    whole = round(abs(seconds))
    sign = MINUS if seconds < 0 and whole else ""
    if whole < 60:
        return f"{sign}{whole} s"
    if whole < 3600:
        return f"{sign}{whole // 60} min {whole % 60:02d}"
    minutes = round(whole / 60)
    return f"{sign}{minutes // 60} h {minutes % 60:02d}"


def gain(baseline: float, active: float) -> str:
    """Return the sentence that explains the minutes saved: baseline less active time, both in seconds."""
    return f"Temps gagné : {duration(baseline)} d’habitude − {duration(active)} = {duration(baseline - active)}"


def decimal(value: float, digits: int = 1) -> str:
    """Return ``value`` with a French decimal comma."""
    return QLocale(QLocale.Language.French).toString(value, "f", digits)


def moment(when: datetime) -> str:
    """Return an aware datetime as a local date and time in French."""
    local = QDateTime.fromSecsSinceEpoch(int(when.timestamp()))
    return QLocale(QLocale.Language.French).toString(local, "d MMM yyyy, HH:mm")


def size(octets: int) -> str:
    """Return a file's size in Mo or Go."""
    return f"{decimal(octets / 1e9)} Go" if octets >= 1e9 else f"{round(octets / 1e6)} Mo"
