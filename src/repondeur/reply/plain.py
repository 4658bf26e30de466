"""Plain text as a text box can hold it: what is drafted, what is shown and what is copied are the same characters."""

import re
from typing import Final

_LINE_END: Final = re.compile("\r\n|[\n\v\f\r\x85\u2028\u2029]")
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"  # control characters
    "\u202a-\u202e\u2066-\u2069\ufeff"  # what turns the direction of the text round; byte order mark
    "\ud800-\udfff\ufdd0-\ufdef\ufffc\ufffe\uffff"  # no characters at all, or Qt's own marks
    "\U000e0000-\U000e007f]"  # tags: text that no eye sees
)


def cleaned(text: str) -> str:
    r"""Return ``text`` as the box can hold it: lines end in ``\n``, tabs are spaces, and what no eye sees is gone.

    No-break spaces, joiners (emoji are made with them) and soft hyphens stay. Cleaning twice changes nothing.
    """
    return _UNWANTED.sub("", _LINE_END.sub("\n", text).replace("\t", " "))
