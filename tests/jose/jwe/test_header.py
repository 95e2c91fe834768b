import pytest

from watchword import jwt
from watchword.jose.jwe.header import combine

GOOD = {"alg": "dir", "enc": "A128GCM"}


def test_a_header_is_read_wherever_its_members_stand():
    header = combine(GOOD | {"kid": "k"}, {"typ": "t"}, {"cty": "c", "x": [1]})
    assert (header.alg, header.enc, header.kid) == ("dir", "A128GCM", "k")
    assert (header.typ, header.cty) == ("t", "c")
    assert header.members == GOOD | {"kid": "k", "typ": "t", "cty": "c", "x": [1]}
    assert header.protected == GOOD | {"kid": "k"}


@pytest.mark.parametrize("missing", ["alg", "enc"])
def test_the_refusal_names_the_member_that_is_missing(missing):
    """RFC 7516 sections 4.1.1 and 4.1.2."""
    members = {name: value for name, value in GOOD.items() if name != missing}
    with pytest.raises(jwt.MalformedToken, match="no alg or no enc") as caught:
        combine(members)
    assert caught.value.claim == missing


@pytest.mark.parametrize(("name", "value"), [("crit", ["x"]), ("zip", "DEF")])
def test_what_must_be_protected_is_named(name, value):
    """RFC 7516 sections 4.1.3 and 4.1.13; tokens.md J-39."""
    with pytest.raises(jwt.MalformedToken, match="must be protected") as caught:
        combine(GOOD, {name: value})
    assert caught.value.claim == name
