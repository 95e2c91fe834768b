"""What is encrypted is decrypted, and a change of any byte is noticed.

`WATCHWORD_MUTATIONS` sets the number of random changes; the nightly set runs millions.
Source: tokens.md J-35, J-50, J-51.
"""

import json
import os
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.jose.jwe.recipients import ENCS, FAMILIES, WAYS, decrypter, document, sending, token
from tests.properties.test_jose_mutations import mutated, with_a_changed_byte

from watchword import jwe, jwt

MUTATIONS = int(os.environ.get("WATCHWORD_MUTATIONS", "3000")) // 10
RESERVED = frozenset(
    ("alg", "enc", "kid", "zip", "epk", "iv", "tag", "p2s", "p2c", "crit", "apu", "apv")
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
EXTRA = st.dictionaries(TEXT.filter(lambda name: name not in RESERVED), TEXT, max_size=4)
ROUNDS = settings(max_examples=5, deadline=None)


@pytest.mark.requirement("tokens:J-51:encryption-round-trip")
@pytest.mark.parametrize("enc", ENCS)
@pytest.mark.parametrize(("alg", "crv"), WAYS)
def test_what_is_encrypted_is_decrypted(alg, crv, enc):
    """Every algorithm with every content encryption, compact and JSON."""

    @ROUNDS
    @given(data=st.binary(max_size=200), header=EXTRA, aad=st.binary(max_size=40))
    def holds(data, header, aad):
        text = jwe.encrypt(data, sending(alg, enc, crv), enc=enc, header=header)
        opened = decrypter(alg, enc, crv).decrypt(text)
        assert opened.data == data
        assert header.items() <= dict(opened.header.protected).items()
        text = jwe.encrypt_json(data, sending(alg, enc, crv), enc=enc, header=header, aad=aad)
        opened = decrypter(alg, enc, crv).decrypt_json(text)
        assert (opened.data, opened.aad) == (data, aad)

    holds()


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=5_000) | st.binary(max_size=20).map(lambda some: some * 5_000))
def test_what_is_compressed_comes_back(data):
    text = token("dir", data=data, unsafe_zip="DEF")
    assert decrypter("dir", zip=True).decrypt(text).data == data


@pytest.mark.requirement("tokens:J-35:any-byte", "security-a:18:no-other-exception-from-decrypt")
@pytest.mark.parametrize("enc", ["A128GCM", "A128CBC-HS256"])
@pytest.mark.parametrize(("alg", "crv"), FAMILIES)
def test_a_change_of_any_byte_is_noticed(alg, crv, enc):
    """Each position of a valid token of each family, with a changed bit and a foreign byte."""
    text = token(alg, enc, crv).encode()
    opener = decrypter(alg, enc, crv)
    for changed in with_a_changed_byte(text):
        with pytest.raises(jwt.TokenError):
            opener.decrypt(changed)
    opener.decrypt(text)


@pytest.mark.requirement("security-a:18:no-other-exception-from-decrypt")
@pytest.mark.parametrize(("alg", "crv"), FAMILIES)
def test_random_changes_are_refused_and_nothing_else_is_raised(alg, crv):
    chance = random.Random(f"mutations of {alg} {crv}")
    good = [token(alg, crv=crv, data=b"x" * size).encode() for size in range(4)]
    opener = decrypter(alg, crv=crv)
    for _ in range(MUTATIONS):
        changed = mutated(chance, good)
        try:
            opener.decrypt(changed)
        except jwt.TokenError:
            continue
        assert changed in good


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_whatever_a_document_says_only_a_token_error_leaves(data):
    """Members of a good document replaced by any JSON, at any of its levels."""
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.just("AAAA"),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["alg", "enc", "kid", "epk", "header"]), inner)
        ),
        max_leaves=6,
    )
    members = document("A128KW", aad=b"beside")
    names = st.sampled_from([*members, "unprotected", "header", "recipients", "payload"])
    changed = members | data.draw(st.dictionaries(names, anything, min_size=1, max_size=3))
    text = json.dumps(changed)  # NaN and Infinity included
    try:
        opened = decrypter("A128KW").decrypt_json(text)
    except jwt.TokenError:
        return
    assert opened.aad == b"beside"
