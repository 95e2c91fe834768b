import copy
import json
import pickle

import pytest

from watchword.base.secrets import Secret, digest, same

CANARY = "canary-7f3a"


def test_no_text_form_shows_the_secret():
    """Security.md rule 99."""
    secret = Secret(CANARY)
    for text in (repr(secret), str(secret), f"{secret}", f"{secret:>30}", f"{[secret]}"):
        assert CANARY not in text
    assert secret.reveal() == CANARY
    assert len(secret) == len(CANARY)


@pytest.mark.parametrize("leave", [json.dumps, pickle.dumps, copy.copy, copy.deepcopy, bool, hash])
def test_a_secret_leaves_by_reveal_alone(leave):
    with pytest.raises(TypeError):
        leave(Secret(CANARY))


def test_equality_is_refused_in_favour_of_same():
    with pytest.raises(TypeError, match="same"):
        assert Secret(CANARY) == Secret(CANARY)


def test_a_secret_holds_text_only():
    with pytest.raises(TypeError):
        Secret(b"bytes")


def test_same_compares_across_the_forms():
    assert same(Secret("é"), "é")
    assert same("a", b"a")
    assert not same(Secret("a"), Secret("b"))
    assert not same("a", "ab")
    assert not same("\ud800", "a")


def test_digest_is_the_sha256_of_the_text():
    assert digest("abc").hex().startswith("ba7816bf8f01cfea")
    assert digest(Secret("abc")) == digest("abc")
