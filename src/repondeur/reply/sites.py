"""What each review site accepts in a reply.

Only limits and bans that stand in the project's rules (REPLIES.md: 2 and 3 for Google, 4 for Tripadvisor) are kept
here; a site without a documented limit has none.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Site:
    """One review site.

    ``limit`` is in UTF-8 bytes (``None``: no documented limit). ``names``: whether a greeting may carry the customer's
    first name. ``contact``: whether a reply may carry the shop's own phone, address or link. ``keeps_narrow``:
    whether the narrow no-break space survives there; where nobody has seen it survive, the plain one is used.
    """

    key: str
    label: str
    limit: int | None = None
    names: bool = True
    contact: bool = True
    keeps_narrow: bool = False


SITES: Final[dict[str, Site]] = {
    site.key: site
    for site in (
        Site("google", "Google", limit=4096),
        Site("tripadvisor", "Tripadvisor", names=False, contact=False),
        Site("pagesjaunes", "PagesJaunes"),
        Site("facebook", "Facebook"),
        Site("trustpilot", "Trustpilot"),
        Site("autre", "Autre site"),
    )
}


def profile(key: str) -> Site:
    """Return the site named ``key``; an unknown one is « autre »."""
    return SITES.get(key, SITES["autre"])


def count(text: str, site: str) -> tuple[int, int | None]:
    """Return the length of ``text`` in UTF-8 bytes (« é » counts two) and the site's limit in bytes, if it has one."""
    return len(text.encode("utf-8", "surrogatepass")), profile(site).limit
