"""One line of the table that ``python -m benchmarks`` prints, and how it is printed: plain text, one measure a line."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of ours against its peer's, measured in the same run.

    ``ratio`` is ours over the peer's and must be at most ``target``, or at least if ``at_least``. Without a target the
    line only informs.
    """

    name: str
    ours: float
    peer: float
    target: float | None = None
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """Ours over the peer's."""
        return self.ours / self.peer

    @property
    def met(self) -> bool | None:
        """Whether the ratio keeps to the target, ``None`` where there is none."""
        if self.target is None:
            return None
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target


_HEADINGS = ("measure", "ours", "peer", "ratio", "target", "")
_VERDICTS = {True: "met", False: "MISSED", None: ""}


def table(rows: Sequence[Row]) -> str:
    """Return ``rows`` as aligned text."""
    cells = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(_HEADINGS))]
    lines = ["  ".join(_padded(line, widths)) for line in cells]
    lines.insert(1, "-" * len(lines[0]))
    return "\n".join(line.rstrip() for line in lines)


def _padded(line: Sequence[str], widths: Sequence[int]) -> Sequence[str]:
    first, *others = zip(line, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]


def _cells(row: Row) -> tuple[str, ...]:
    sign = "≥" if row.at_least else "≤"
    target = "" if row.target is None else f"{sign} {row.target:.2f}"
    return (row.name, _figure(row.ours), _figure(row.peer), f"{row.ratio:.2f}", target, _VERDICTS[row.met])


def _figure(value: float) -> str:
    """Three significant digits at least, without exponents."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"
