import base64
import json
import zlib
from pathlib import Path

import pytest
from tests.jose.keys import NOW, key
from tests.jose.statuslist.lists import URI, list_signer, list_verifier

from watchword import jwt, statuslist
from watchword.jose.statuslist.packing import LIST_BYTES_MAX, deflated, inflated

FOLDER = Path(__file__).parents[2] / "vectors/statuslist-21"
LISTS = json.loads((FOLDER / "lists.json").read_text())
CHECKSUMS = json.loads((FOLDER / "checksums.json").read_text())


def filled(vector):
    made = statuslist.StatusList.new(size=vector["size"], bits=vector["bits"])
    for idx, status in vector["statuses"].items():
        made.set(int(idx), status)
    return made


@pytest.mark.requirement("statuslist-21:C:vectors", "statuslist-21:4.1:packing")
@pytest.mark.parametrize(
    "vector", LISTS, ids=lambda vector: f"{vector['section']}-{vector['bits']}"
)
def test_the_drafts_lists_are_packed_and_read(vector):
    """Section 4.1 and appendices C.1 and C.2. How ZLIB compresses is the compressor's choice."""
    packed = filled(vector).to_bytes()
    assert packed == inflated(vector["lst"])
    assert inflated(deflated(packed)) == packed
    read = statuslist.StatusList(inflated(vector["lst"]), bits=vector["bits"])
    assert len(read) == vector["size"]
    unlike = {str(idx): read[idx] for idx in range(len(read)) if read[idx] != statuslist.VALID}
    assert unlike == vector["statuses"]


@pytest.mark.requirement("statuslist-21:C:vectors", "statuslist-21:4.1:packing")
@pytest.mark.parametrize("vector", CHECKSUMS, ids=lambda vector: vector["section"])
def test_the_drafts_longer_lists_have_their_checksums(vector):
    """Appendices C.3, C.4: the last four bytes of `lst` are the checksum of the packed list."""
    packed = filled(vector).to_bytes()
    assert zlib.adler32(packed).to_bytes(4, "big").hex() == vector["checksum"]
    lst = base64.urlsafe_b64decode(deflated(packed) + "==")
    assert lst[-4:].hex() == vector["checksum"]


@pytest.mark.requirement("statuslist-21:4.1:packing")
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_status_is_set_and_changed_and_its_neighbours_stay(bits):
    made = statuslist.StatusList.new(size=32, bits=bits)
    highest = (1 << bits) - 1
    for idx in range(32):
        made.set(idx, highest)
        assert [made[at] for at in range(32)] == [highest] * (idx + 1) + [0] * (31 - idx)
    made.set(9, 0)
    assert [made[at] for at in (8, 9, 10)] == [highest, 0, highest]
    assert made.bits == bits
    assert statuslist.StatusList(made.to_bytes(), bits=bits).to_bytes() == made.to_bytes()


def test_the_least_significant_bits_come_first():
    """Section 4.1."""
    made = statuslist.StatusList.new(size=8, bits=2)
    made.set(0, statuslist.INVALID)
    made.set(3, statuslist.SUSPENDED)
    assert made.to_bytes() == b"\x81\0"


@pytest.mark.parametrize("idx", [-1, 16, 10**30, True, "1", None, 1.0])
def test_a_place_that_is_none_is_an_index_error(idx):
    made = statuslist.StatusList.new(size=16)
    with pytest.raises(IndexError):
        made[idx]
    with pytest.raises(IndexError):
        made.set(idx, 1)


@pytest.mark.parametrize("status", [-1, 4, True, "1", None, 1.0])
def test_a_status_has_to_fit(status):
    with pytest.raises(jwt.PolicyRefused, match="0 to 3"):
        statuslist.StatusList.new(size=16, bits=2).set(0, status)


@pytest.mark.parametrize(
    ("size", "bits"),
    [(0, 1), (-1, 1), (LIST_BYTES_MAX * 8 + 1, 1), (1, 3), (1, 0), (1, True), (1, 16)],
)
def test_a_list_has_a_size(size, bits):
    with pytest.raises(jwt.PolicyRefused):
        statuslist.StatusList.new(size=size, bits=bits)


@pytest.mark.parametrize(("data", "bits"), [(b"", 1), (bytes(LIST_BYTES_MAX + 1), 1), (b"x", 3)])
def test_kept_bytes_have_a_size(data, bits):
    with pytest.raises(jwt.PolicyRefused):
        statuslist.StatusList(data, bits=bits)


@pytest.mark.requirement("statuslist-21:5.1:token", "tokens:J-49:status-list")
def test_a_list_is_published_as_a_token_of_its_type():
    """Section 5.1."""
    made = statuslist.StatusList.new(size=100, bits=2)
    made.set(7, statuslist.INVALID)
    text = made.token(list_signer(), uri=URI, ttl="5m")
    read = jwt.peek(text)
    assert read.header.typ == "statuslist+jwt"
    assert (read.claims["sub"], read.claims["iat"], read.claims["exp"]) == (URI, NOW, NOW + 3_600)
    assert read.claims["ttl"] == 300
    assert read.claims["status_list"]["bits"] == 2
    assert list_verifier().verify(text, uri=URI)[7] == statuslist.INVALID
    assert repr(made) == "StatusList(100 statuses of 2 bits)"


@pytest.mark.parametrize("ttl", [0, 31 * 86_400 + 1])
def test_a_ttl_is_bounded(ttl):
    with pytest.raises(jwt.PolicyRefused, match="ttl="):
        statuslist.StatusList.new(size=1).token(list_signer(), uri=URI, ttl=ttl)


@pytest.mark.parametrize("typ", ["at+jwt", jwt.PLAIN])
def test_a_signer_of_another_type_publishes_no_list(typ):
    with pytest.raises(jwt.PolicyRefused, match="statuslist"):
        statuslist.StatusList.new(size=1).token(list_signer(typ=typ), uri=URI, ttl=300)


@pytest.mark.requirement("statuslist-21:11:limits")
def test_a_list_may_be_longer_than_other_tokens_and_not_without_end():
    """Tokens.md J-49: 1 MiB."""
    noise = b"".join(zlib.crc32(b"%d" % at).to_bytes(4, "big") for at in range(100_000))
    text = statuslist.StatusList(noise, bits=8).token(list_signer(), uri=URI, ttl=300)
    assert 500_000 < len(text) < 1024 * 1024
    assert list_verifier().verify(text, uri=URI).data == noise
    with pytest.raises(jwt.PolicyRefused, match="1048576"):
        statuslist.StatusList(noise * 2, bits=8).token(list_signer(), uri=URI, ttl=300)


def test_a_secret_may_publish_a_list():
    made = statuslist.StatusList.new(size=1)
    text = made.token(
        jwt.Signer(key("HS256"), issuer="i", audience=None, lifetime=60, typ="statuslist+jwt"),
        uri=URI,
        ttl=60,
    )
    verifier = jwt.Verifier(key("HS256"), issuer="i", audience=jwt.ANY, typ="statuslist+jwt")
    assert statuslist.Verifier(verifier).verify(text, uri=URI)[0] == statuslist.VALID
