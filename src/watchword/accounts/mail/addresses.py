"""E-mail addresses: one spelling to find them by, and nothing in them that a header could carry.

Local parts are plain ASCII, as nearly all are; a domain in another script is kept as its ASCII
form. So no two addresses look alike to the database and differ to a mail server, or the other way
round: the mail always goes to the address that is stored, never to the one that was typed.

Source: RFC 5321 sections 4.1.2 and 4.5.3.1; RFC 5322 section 3.2.3; RFC 5891 section 4.4;
security.md rule 46.
"""

import re

from watchword.base.records import dataclass

__all__ = ["ADDRESS_CHARACTERS_MAX", "EmailAddress", "MalformedAddress", "parse_email"]

ADDRESS_CHARACTERS_MAX = 254  # RFC 5321 section 4.5.3.1.3: a path of 256 with its brackets
LOCAL_CHARACTERS_MAX = 64  # RFC 5321 section 4.5.3.1.1
TYPED_CHARACTERS_MAX = 2 * ADDRESS_CHARACTERS_MAX  # a domain may shrink when it is encoded

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}", re.ASCII
)


class MalformedAddress(ValueError):
    """The text is no e-mail address that mail can be sent to."""


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address as its owner writes it, its domain in ASCII.

    Raises:
        MalformedAddress: anything but a dot-atom, "@" and a domain of two labels or more.
    """

    written: str

    def __post_init__(self) -> None:
        found = _ADDRESS.fullmatch(self.written)
        if (
            found is None
            or len(self.written) > ADDRESS_CHARACTERS_MAX
            or len(found["local"]) > LOCAL_CHARACTERS_MAX
        ):
            raise MalformedAddress("not an e-mail address such as name@example.com")

    @property
    def canonical(self) -> str:
        """The one spelling under which the address is stored, found and throttled."""
        return self.written.lower()

    def __str__(self) -> str:
        return self.written


def parse_email(text: str) -> EmailAddress:
    """Read an address that somebody typed; white space around it is ignored.

    Raises:
        MalformedAddress: no address, longer than 254 characters, or with a local part beyond ASCII.
    """
    if len(text) > TYPED_CHARACTERS_MAX:
        raise MalformedAddress("longer than an e-mail address may be")
    local, at, domain = text.strip().rpartition("@")
    try:
        encoded = domain.encode("idna").decode("ascii")
    except UnicodeError:  # a label that is empty, too long, or of forbidden characters
        raise MalformedAddress("the domain cannot be encoded") from None
    return EmailAddress(f"{local}{at}{encoded}")
