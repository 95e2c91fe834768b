"""A token taken apart for the page: its three parts, what each member means, who vouches for it.

The taking apart is `jose.jwt.explain`; this module chooses what of it is shown, and adds words.

Source: users.md U44.
"""

from markupsafe import Markup

from watchword.base.records import dataclass
from watchword.jose.jwt.expected import Expected
from watchword.jose.jwt.explain import Explanation, Verdict, explain
from watchword.jose.jwt.verifier import Keys
from watchword.oauth.access_token import ACCESS_TOKEN_TYPE
from watchword.server.pages.inspector.parts import PartView, part_view
from watchword.server.pages.inspector.timeline import Lifetime, draw_lifetime, summary
from watchword.server.pages.times import moment

__all__ = ["TokenView", "take_apart"]


@dataclass(frozen=True, slots=True)
class SignatureView:
    """The third part."""

    encoded: str
    bytes: int


@dataclass(frozen=True, slots=True)
class VerdictView:
    """Whether the server's published keys vouch for the token."""

    is_verified: bool
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class MomentView:
    """One row of the table beside the drawing."""

    label: str
    machine: str
    words: str
    claim: str | None


@dataclass(frozen=True, slots=True)
class LifeView:
    """The drawing, in words and as a table."""

    summary: str
    drawing: Markup
    moments: tuple[MomentView, ...]


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as the page shows it."""

    is_example: bool
    text: str
    characters: int
    header: PartView
    payload: PartView
    signature: SignatureView
    verdict: VerdictView
    life: LifeView


def take_apart(
    token: str, keys: Keys, *, issuer: str, audience: str, now: int, is_example: bool
) -> TokenView:
    """Explain an access token of this server, or one that only looks like it.

    Args:
        token: with header and payload of our own making; the signature may be anyone's.
        keys: the published keys of the server.
        issuer: whose token it must be.
        audience: the API that it is shown to.
        now: seconds since the epoch.
        is_example: the page says that nobody owns it.
    """
    expect = Expected(issuer=issuer, audience=audience, typ=ACCESS_TOKEN_TYPE)
    explained = explain(token, keys, expect=expect, now=now)
    return TokenView(
        is_example=is_example,
        text=token,
        characters=explained.token_bytes,
        header=part_view("header", "Header: how it is signed", explained.header),
        payload=part_view("payload", "Payload: what it says", explained.payload),
        signature=SignatureView(explained.signature.b64u, len(explained.signature.data)),
        verdict=_verdict(explained),
        life=_life(explained, now),
    )


def _verdict(explained: Explanation) -> VerdictView:
    header = explained.header.members
    if explained.verdict is Verdict.VERIFIED:
        return VerdictView(
            is_verified=True,
            title="The signature fits, and every check passed",
            text=f"Verified with the published key {header.get('kid')}, "
            f"by the method {header.get('alg')}.",
        )
    first = explained.failures[0]
    return VerdictView(
        is_verified=False,
        title=f"Refused: {first.code}",
        text=f"An API answers 401 to this token. {first.hint[:1].upper()}{first.hint[1:]}.",
    )


def _life(explained: Explanation, now: int) -> LifeView:
    members = explained.payload.members
    issued_at, expires_at = (_seconds(members.get(name), now) for name in ("iat", "exp"))
    life = Lifetime(issued_at, expires_at, now)
    rows = [
        ("Issued", issued_at, "iat"),
        ("Now", now, None),
        ("Expires", expires_at, "exp"),
    ]
    moments = tuple(
        MomentView(label, moment(at).machine, moment(at).words, claim)
        for label, at, claim in sorted(rows, key=lambda row: row[1])
    )
    return LifeView(summary(life), draw_lifetime(life), moments)


def _seconds(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise
