"""Private keys at rest."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.base import chance
from watchword.base.secrets import Secret
from watchword.keys.errors import SealBroken, SealingKeyInvalid
from watchword.keys.sealing import SealingKey

KEY = SealingKey(bytes(range(32)))
PRIVATE = b'{"kty":"EC","d":"canary"}'


def sealed(key=KEY, kid="k1", alg="ES256"):
    return key.seal(PRIVATE, purpose="signing key", owner=(kid, alg), chance=chance.SYSTEM)


@given(st.binary(max_size=5000), st.text(max_size=50))
def test_what_is_sealed_is_unsealed(private, kid):
    box = KEY.seal(private, purpose="signing key", owner=(kid, "ES256"), chance=chance.SYSTEM)
    assert KEY.unseal(box, purpose="signing key", owner=(kid, "ES256")) == private


@pytest.mark.requirement("oauth:K-6:sealed")
def test_sealed_key_shows_nothing_and_never_looks_the_same():
    """oauth.md K-6; security.md rule 101."""
    assert b"canary" not in sealed()
    assert sealed() != sealed()


@pytest.mark.parametrize(("kid", "alg"), [("k2", "ES256"), ("k1", "RS256"), ("ES256", "k1")])
def test_sealed_key_cannot_pass_for_another_one(kid, alg):
    """Key id and algorithm are bound: rows cannot be swapped."""
    with pytest.raises(SealBroken):
        KEY.unseal(sealed(), purpose="signing key", owner=(kid, alg))


def test_parts_of_the_binding_cannot_be_shifted():
    box = KEY.seal(PRIVATE, purpose="signing key", owner=("256k1", "ES"), chance=chance.SYSTEM)
    with pytest.raises(SealBroken):
        KEY.unseal(box, purpose="signing key", owner=("k1", "ES256"))


def test_every_changed_byte_is_noticed():
    box = sealed()
    for at in range(len(box)):
        altered = bytes((*box[:at], box[at] ^ 1, *box[at + 1 :]))
        with pytest.raises(SealBroken):
            KEY.unseal(altered, purpose="signing key", owner=("k1", "ES256"))


@pytest.mark.parametrize("length", [0, 1, 5, 12, 13, 28])
def test_cut_text_is_noticed(length):
    with pytest.raises(SealBroken):
        KEY.unseal(sealed()[:length], purpose="signing key", owner=("k1", "ES256"))


def test_another_sealing_key_does_not_open_it_and_the_fix_is_named():
    with pytest.raises(SealBroken, match="the key file that belongs to this database"):
        SealingKey(b"o" * 32).unseal(sealed(), purpose="signing key", owner=("k1", "ES256"))


def test_text_form_comes_back():
    key = SealingKey.generate(chance.SYSTEM)
    text = key.to_text()
    assert len(text) == 43
    again = SealingKey.from_text(Secret(f"{text.reveal()}\n"))
    assert again.unseal(sealed(key), purpose="signing key", owner=("k1", "ES256")) == PRIVATE


@pytest.mark.parametrize("text", ["", "short", "A" * 44, "=" * 43, "é" * 43, "canary" * 7 + "!"])
def test_other_text_is_no_sealing_key(text):
    with pytest.raises(SealingKeyInvalid) as refused:
        SealingKey.from_text(Secret(text))
    assert "canary" not in str(refused.value)
    assert "restore the key file" in str(refused.value)


def test_derived_secrets_differ_by_purpose_and_key():
    derived = {
        KEY.derive("decoys"),
        KEY.derive("cookies"),
        SealingKey(b"o" * 32).derive("decoys"),
        bytes(range(32)),
    }
    assert len(derived) == 4
    assert KEY.derive("decoys") == KEY.derive("decoys")
    assert len(KEY.derive("decoys")) == 32


def test_sealing_key_is_neither_shown_nor_copied():
    assert "SealingKey(...)" in f"{KEY} {KEY!r} {[KEY]}"
    for copying in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copying(KEY)
