import pytest
from tests.jose import forge
from tests.jose.keys import key, public

from watchword import jwt
from watchword.base.limits import TOKEN_BYTES_MAX
from watchword.jose.algorithms.table import ALGORITHMS
from watchword.jose.jws import compact
from watchword.jose.jws.policy import policy


def verify(text, alg="HS256", crit=None):
    return compact.verify(text, policy(public(alg), crit=crit))


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("payload", [b"", b"foo", b"\0\xff", b"{}" * 100])
def test_any_payload_is_signed_and_verified(alg, payload):
    """RFC 7515 section 5."""
    text = compact.sign(payload, key(alg), {"typ": "test"})
    proved = verify(text, alg)
    assert proved.data == payload
    assert proved.header.kid == f"kid-{alg}"
    assert proved.header.typ == "test"
    assert proved.key.alg == alg


def test_the_key_is_the_one_that_the_header_names():
    """RFC 7515 section 4.1.4: of two keys of one algorithm, kid chooses."""
    pair = [jwt.Key.generate("ES256", kid=kid) for kid in ("first", "second")]
    for each in pair:
        proved = compact.verify(compact.sign(b"x", each), policy(jwt.KeySet(pair)))
        assert proved.key.kid == each.kid


def test_a_key_without_kid_signs_without_kid():
    only = jwt.Key.generate("Ed25519", kid=None)
    text = compact.sign(b"x", only, {})
    assert compact.verify(text, policy(only)).header.kid is None


@pytest.mark.requirement("tokens:J-15:canonical", "security-a:7:canonical")
@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "...", "a", "a.b", "a.b.c.d", "a.b.c.d.e.f", ".a.b", "a.b.", "a..", "..a"),
        *("é.a.b", "a\uff0eb\uff0ec", "a。b。c", "\ud800.a.b"),
    ],
)
def test_what_is_not_three_parts_is_malformed(text):
    """RFC 7515 section 7.1; RFC 8725 section 3.14."""
    with pytest.raises(jwt.MalformedToken):
        compact.split(text)


def test_an_encrypted_token_is_named_as_such():
    """Tokens.md J-29."""
    with pytest.raises(jwt.MalformedToken, match="JWE"):
        compact.split("a.b.c.d.e")


@pytest.mark.parametrize(
    ("token", "fault"),
    [
        *(("a.b", "three parts"), ("a.b.c.d", "three parts"), ("a.b.c.d.e", "five parts")),
        *((".b.c", "is empty"), ("a.b.", "is empty"), ("é.b.c", "three parts of ASCII")),
    ],
)
def test_the_number_of_parts_is_what_the_refusal_speaks_of(token, fault):
    with pytest.raises(jwt.MalformedToken, match=fault):
        compact.split(token)


@pytest.mark.parametrize("token", [None, 1, 1.5, [], {}, object(), bytearray(b"a.b.c")])
def test_what_is_no_text_is_malformed(token):
    with pytest.raises(jwt.MalformedToken):
        compact.split(token)


@pytest.mark.requirement("security-a:15:bounded-cost", "tokens:J-17:sizes-first")
def test_size_is_checked_before_anything_else():
    """Security.md rule 15."""
    assert compact.split("a." + "b" * (TOKEN_BYTES_MAX - 4) + ".c")
    assert compact.split(b"a." + b"b" * (TOKEN_BYTES_MAX - 4) + b".c")
    for token in ("a." + "b" * (TOKEN_BYTES_MAX - 3) + ".c", b"." * 100_000, "é" * 20_000):
        with pytest.raises(jwt.TokenTooLarge, match=f"longer than {TOKEN_BYTES_MAX} "):
            compact.split(token)


def test_bytes_are_taken_as_text_is():
    assert compact.split(b"a.b.c") == compact.split("a.b.c") == (b"a", b"b", b"c")


def test_a_payload_that_is_respelt_is_malformed():
    text = forge.sign_parts(forge.encode(forge.dump(forge.header())), "YR")
    with pytest.raises(jwt.MalformedToken, match="payload"):
        verify(text)
