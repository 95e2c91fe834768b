"""Issue, show any part, verify: what arrives is what was shown. Change anything: refused.

Source: RFC 9901 section 7; tokens.md J-28, J-30, J-46.
"""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.jose.keys import public
from tests.jose.sdjwt.credentials import (
    NONCE,
    bound_verifier,
    free_verifier,
    holder,
    issue,
    issuer,
    present,
    token_verifier,
)
from tests.properties.test_jose_mutations import MUTATIONS, mutated

from watchword import jwt, sdjwt
from watchword.jose.sdjwt.issue import NEVER_HIDDEN
from watchword.jose.sdjwt.process import Path

NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8).filter(
    lambda name: name not in {"_sd", "...", "_sd_alg"}
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
TYPED = NEVER_HIDDEN | {"sub", "jti", "iat", "scope", "client_id"}
CLAIMS = st.dictionaries(NAMES.filter(lambda name: name not in TYPED), VALUES, max_size=5)


def places(value: object, path: Path = ()) -> list[Path]:
    """Return every place of a value but its own root."""
    steps = (
        value.items() if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    found = []
    for step, inner in steps:
        found += [(*path, step), *places(inner, (*path, step))]
    return found


def left(value: object, hidden: set[Path], shown: set[Path], path: Path = ()) -> object:
    """Return what a verifier must see: everything but what is hidden and not shown."""
    if isinstance(value, dict):
        return {
            name: left(inner, hidden, shown, (*path, name))
            for name, inner in value.items()
            if (*path, name) not in hidden or (*path, name) in shown
        }
    if isinstance(value, list):
        return [
            left(inner, hidden, shown, (*path, index))
            for index, inner in enumerate(value)
            if (*path, index) not in hidden or (*path, index) in shown
        ]
    return value


def with_outer(chosen: list[Path], hidden: set[Path]) -> set[Path]:
    """Return the chosen places and the hidden ones around them."""
    return {path[:end] for path in chosen for end in range(1, len(path) + 1)} & hidden


@pytest.mark.requirement("tokens:J-28:refused-at-issue", "tokens:J-46:round-trip")
@given(claims=CLAIMS, decoys=st.integers(0, 3), data=st.data())
def test_what_is_shown_is_what_arrives(claims, decoys, data):
    every = places(claims)
    hidden = data.draw(st.lists(st.sampled_from(every), unique=True) if every else st.just([]))
    # A path of "*" names more than itself, so it is hidden with what it names, or not at all.
    hidden = [path for path in hidden if "*" not in path and "" not in path]
    text = sdjwt.issue(issuer(), claims, hide=hidden, holder=public("ES256"), decoys=decoys)
    received = sdjwt.receive(text, token_verifier(), holder=holder())
    assert set(received.hidden) == set(hidden)
    chosen = data.draw(st.lists(st.sampled_from(hidden), unique=True) if hidden else st.just([]))
    shown = with_outer(chosen, set(hidden))
    expected = left(claims, set(hidden), shown)
    bound = present(text, chosen)
    found = bound_verifier().verify(bound, nonce=NONCE)
    assert {name: found.claims[name] for name in expected} == expected
    assert not (set(claims) - set(expected)) & set(found.claims)
    again = bound_verifier().verify_json(sdjwt.to_json(bound), nonce=NONCE)
    assert dict(again.claims) == dict(found.claims)


@pytest.mark.requirement("tokens:J-30:no-other-exception", "tokens:J-46:no-other-exception")
def test_random_changes_are_refused_and_nothing_else_is_raised():
    chance = random.Random("mutations of SD-JWT")
    texts = [present(issue(decoys=1), ["email", "address.street"]).encode() for _ in range(3)]
    verifier = bound_verifier()
    for _ in range(MUTATIONS):
        changed = mutated(chance, texts)
        try:
            verifier.verify(changed, nonce=NONCE)
        except jwt.TokenError:
            continue
        assert changed in texts


def test_a_change_of_any_byte_is_noticed():
    text = present(issue(), ["email"]).encode()
    for position in range(len(text)):
        for byte in (text[position] ^ 1, ord("~"), ord("A")):
            changed = text[:position] + bytes([byte]) + text[position + 1 :]
            if changed == text:
                continue
            with pytest.raises(jwt.TokenError):
                bound_verifier().verify(changed, nonce=NONCE)


@given(st.text() | st.binary() | st.lists(st.text('aA0._-~=+{}"', max_size=20)).map("~".join))
def test_any_text_is_refused_by_a_token_error(text):
    for read in (free_verifier().verify, free_verifier().verify_json):
        with pytest.raises(jwt.TokenError):
            read(text)


@given(st.dictionaries(st.sampled_from(["payload", "protected", "signature", "header"]), VALUES))
def test_any_document_is_refused_by_a_token_error(document):
    with pytest.raises(jwt.TokenError):
        free_verifier().verify_json(json.dumps(document))
