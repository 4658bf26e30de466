"""What a screen reader may do, from another process, over AT-SPI: ``/usr/bin/python3 read_aloud.py PID ACT END``.

Finds the text box named "draft box" of the process, prints its text as JSON, then asks it to put the text as far as END
on the clipboard (ACT is ``copy_text`` or ``cut_text``). Runs on the system's Python, which has the AT-SPI bindings.
"""

import json
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

DEADLINE = time.monotonic() + 20


def children(parent):
    """Yield the children that can be had."""
    for index in range(parent.get_child_count()):
        child = parent.get_child_at_index(index)
        if child is not None:
            yield child


def find(parent, name):
    """Return the accessible of that name below ``parent``, or None."""
    for child in children(parent):
        found = child if child.get_name() == name else find(child, name)
        if found is not None:
            return found
    return None


def text_box(pid):
    """Return the text box of the process; wait until its window has registered."""
    while time.monotonic() < DEADLINE:
        for application in children(Atspi.get_desktop(0)):
            if application.get_process_id() == pid:
                found = find(application, "draft box")
                if found is not None:
                    return found
        time.sleep(0.05)
    sys.exit("no text box on the accessibility bus")


box = text_box(int(sys.argv[1]))
length = Atspi.Text.get_character_count(box)
print(json.dumps({"text": Atspi.Text.get_text(box, 0, length)}), flush=True)
done = getattr(Atspi.EditableText, sys.argv[2])(box, 0, int(sys.argv[3]))
print(json.dumps({"done": done}), flush=True)
