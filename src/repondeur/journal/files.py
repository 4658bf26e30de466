"""Small files that are whole or not there: nothing in between survives a power cut."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Have the file's bytes on the disk before returning.

    Raises:
        OSError: the disk refuses.
    """
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Have the folder's names on the disk before returning; Windows does so by itself.

    Raises:
        OSError: the disk refuses.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_in_place(partial: Path, path: Path) -> None:
    """Give the finished file ``partial`` the name ``path`` (same folder), durably.

    Raises:
        OSError: the disk refuses; ``path`` is then the old file or the new one, whole.
    """
    flush(partial)
    os.replace(partial, path)
    flush_folder(path.parent)


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path``, readable by its owner alone (mode 0600).

    Raises:
        OSError: the disk refuses; an older file at ``path`` is then still whole.
    """
    partial = path.with_name(f"{path.name}.partial")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            file.write(content)
        put_in_place(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
