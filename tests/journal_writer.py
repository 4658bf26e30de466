"""A child process that writes into a journal until it is killed: ``python journal_writer.py JOURNAL FIRST``.

After each call that returned it prints what it had promised: ``r NUMBER`` (a reply, with its second text where the
number is even), ``d NUMBER`` (a draft given up), ``w NUMBER`` (work in progress).
"""

import itertools
import os
import sys
from pathlib import Path

from journal_support import KEY, new_reply, work_in_progress

from repondeur.journal.store import Journal


def text_of(number: int) -> str:
    """Return the text that reply ``number`` has in the end; its length crosses pages of the file."""
    return f"Merci pour l’avis {number}. " + "é" * (number * 37 % 6000)


def main() -> None:
    """Write until the end."""
    journal = Journal.open(Path(sys.argv[1]), KEY)
    journal._connection().execute("PRAGMA wal_autocheckpoint = 40")  # so that kills land in checkpoints too
    for number in itertools.count(int(sys.argv[2])):
        journal.save_working(work_in_progress(text_of(number)))
        tell("w", number)
        if number % 5 == 0:
            journal.discard(f"d{number}", number)
            tell("d", number)
        if number % 2 == 0:
            journal.record(new_reply(f"r{number}", "Premier jet."))
        journal.record(new_reply(f"r{number}", text_of(number)))
        tell("r", number)


def tell(what: str, number: int) -> None:
    """Print a promise, past every buffer."""
    os.write(1, f"{what} {number}\n".encode())


if __name__ == "__main__":
    main()
