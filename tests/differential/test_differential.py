"""The same wrong tokens to watchword and to five other libraries: who accepts what.

A disagreement is either a strictness of ours that docs/explain/strictness.md lists, or a refusal of
the peer's that is named here, or a bug. `make nightly` compares a million tokens.

Source: tokens.md section 9 (differential); security.md rule 18.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.differential.peers import IN_PROCESS, IN_PROGRAMS, is_accepted, started
from tests.differential.tokens import generated
from tests.jose.keys import AUDIENCE, ISSUER, key

from watchword import jwt
from watchword.base import base64url

pytestmark = pytest.mark.filterwarnings("ignore")  # the peers warn of much; they are not on trial

COUNT = int(os.environ.get("WATCHWORD_DIFFERENTIAL", "2000"))
SEED = os.environ.get("WATCHWORD_SEED", "0")
STRICTNESS = Path(__file__).parents[2] / "docs" / "explain" / "strictness.md"

# What watchword refuses and a peer may accept: by code, or by code and the hint's beginning. The
# page about strictness explains each.
STRICTER = (
    ("claim_invalid", ""),
    ("critical_header", ""),
    ("wrong_type", ""),
    ("token_malformed", "a token is three parts of ASCII, joined by dots"),
    ("token_malformed", "the header member is not text"),
    ("token_malformed", "the signature is not canonical base64url"),
    ("token_malformed", "the header is not canonical base64url"),
    ("token_malformed", "the payload is not canonical base64url"),
    *(
        ("token_malformed", f"the {part} is refused: JSON {fault}")
        for part in ("header", "payload")
        for fault in (
            "holds NaN or Infinity",
            "holds a number too large for a double",
            "holds an integer of too many digits",
            "holds half of a surrogate pair",
            "is nested deeper than 32",
            "is not UTF-8",
            "names a member twice",
            "starts with a byte order mark",
        )
    ),
)
# One peer's own leniency about time.
LENIENT = {
    ("jwcrypto", "token_expired"),  # 60 s of leeway by default
    ("jwcrypto", "token_not_yet_valid"),  # nbf is not checked once check_claims is given
    ("jwcrypto", "token_issued_in_future"),  # iat is not compared with the clock
    ("jose", "token_issued_in_future"),  # iat is compared only where maxTokenAge is set
}


@pytest.fixture(scope="module")
def policies() -> dict[str, jwt.Verifier]:
    members = {k: v for k, v in key("HS256").to_jwk(private=True).items() if k != "kid"}
    keys = {
        "HS256": jwt.Secret.from_jwk(members),
        "ES256": jwt.Key.from_pem(key("ES256").to_pem(), alg="ES256"),
    }
    return {
        alg: jwt.Verifier(held, issuer=ISSUER, audience=AUDIENCE, typ=jwt.PLAIN)
        for alg, held in keys.items()
    }


@pytest.mark.requirement("tokens:9:differential")
@pytest.mark.parametrize("peer", IN_PROCESS)
def test_every_disagreement_with_a_library_is_a_listed_strictness(peer, policies):
    """Tokens.md section 9."""
    read = IN_PROCESS[peer]
    compare(peer, policies, lambda token: is_accepted(read, token))


@pytest.mark.requirement("tokens:9:differential")
@pytest.mark.parametrize("peer", IN_PROGRAMS)
def test_every_disagreement_with_a_program_is_a_listed_strictness(peer, policies, tmp_path):
    """Tokens.md section 9."""
    try:
        command = IN_PROGRAMS[peer]()
    except FileNotFoundError as missing:
        pytest.skip(f"{peer} was not run: {missing}")
    with started(command, tmp_path) as verdict:
        compare(peer, policies, verdict)


@pytest.mark.requirement("tokens:9:differential")
def test_every_strictness_is_explained():
    """Tokens.md section 9: a disagreement is a bug or a line in the docs' list."""
    text = STRICTNESS.read_text(encoding="utf-8")
    for code, hint in STRICTER:
        fault = hint.partition("refused: ")[2] or hint.rpartition(" is ")[2]
        assert f"`{code}`" in text, code
        assert fault in text, fault


def compare(peer, policies, accepts) -> None:
    ours = Counter()
    for token in generated(f"differential {SEED}", COUNT):
        error = refusal(policies, token)
        ours[error is None] += 1
        accepted = accepts(token)
        if accepted == (error is None):
            continue
        if error is None:
            reason = their_refusal(peer, token)
            assert reason, f"{peer} refuses what is accepted here: {token}"
            ours[reason] += 1
        else:
            for each in errors_of(error):
                assert is_listed(peer, each), f"{peer} accepts; refused here with {each}: {token}"
    assert ours[True] > COUNT // 10, "the tokens are not all wrong"
    assert ours[False] > COUNT // 10, "the tokens are not all right"


def refusal(policies: dict[str, jwt.Verifier], token: str) -> jwt.TokenError | None:
    """Return our refusal, or None where the token is accepted."""
    try:
        alg = jwt.peek(token).header.alg
        policies.get(alg, policies["HS256"]).verify(token)
    except jwt.TokenError as error:
        return error
    return None


def errors_of(error: jwt.TokenError) -> tuple[jwt.TokenError, ...]:
    return error.errors if isinstance(error, jwt.ClaimsInvalid) else (error,)


def is_listed(peer: str, error: jwt.TokenError) -> bool:
    if (peer, error.code) in LENIENT:
        return True
    return any(error.code == code and error.hint.startswith(hint) for code, hint in STRICTER)


def their_refusal(peer: str, token: str) -> str:
    """Name why a peer refuses what is accepted here, or return nothing."""
    header, claims = (json.loads(base64url.decode(part)) for part in token.split(".")[:2])
    if peer == "joserfc" and any(name not in ("alg", "typ", "kid", "cty") for name in header):
        return "joserfc refuses header members that it does not know or that are not its type"
    if peer in ("golang-jwt", "jose") and any(is_huge(value) for value in numbers(claims)):
        return "Go refuses an integer that no double holds"
    return ""


def is_huge(value: object) -> bool:
    return isinstance(value, int) and abs(value) > 10**308


def numbers(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    else:
        yield value
