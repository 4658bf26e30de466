"""Measures the program against its peers and prints one table; ends with 1 where a target is missed.

``python -m benchmarks`` takes some minutes; ``python -m benchmarks --window-only`` leaves the engine out.
"""

import sys
from collections.abc import Sequence

from benchmarks import window
from benchmarks.table import Row, table


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and say by the exit status whether each target is met."""
    rows = window.rows()
    if "--window-only" not in arguments:
        rows += _with_engine()
    print(table(rows))
    return 1 if any(row.met is False for row in rows) else 0


def _with_engine() -> list[Row]:
    """Measure what needs the model; imported here, since the short form must run without one."""
    from benchmarks import engine

    return [*window.after_draft(), *engine.rows()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
