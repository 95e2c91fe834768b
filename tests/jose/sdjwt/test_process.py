"""Disclosed claims in their places."""

import pytest
from tests.jose.sdjwt.credentials import digests, disclosure

from watchword import sdjwt
from watchword.jose.sdjwt.process import process

NAME = disclosure("s1", "name", "Alice")
ELEMENT = disclosure("s2", "DE")


def hidden(*texts: str, **members: object) -> dict[str, object]:
    return {"_sd": digests(*texts)} | members


def element(text: str) -> dict[str, object]:
    return {"...": digests(text)[0]}


@pytest.mark.requirement("rfc9901:7.1:processing")
def test_shown_claims_stand_in_their_places_and_the_rest_is_gone():
    payload = hidden(NAME, "kept back", a=[1, element(ELEMENT), element("kept back too")])
    found = process(payload, [ELEMENT, NAME])
    assert found.members == {"name": "Alice", "a": [1, "DE"]}
    assert [place.path for place in found.places] == [("a", 1), ("name",)]


@pytest.mark.requirement("rfc9901:7.1:processing")
def test_an_object_of_which_all_is_kept_back_is_empty():
    assert process({"a": hidden(NAME), "b": [element(NAME + "x")]}, []).members == {
        "a": {},
        "b": [],
    }


@pytest.mark.requirement("rfc9901:4.2.6:recursive")
def test_a_disclosure_may_hold_digests():
    outer = disclosure("s3", "person", hidden(NAME, nat=[element(ELEMENT)]))
    found = process(hidden(outer), [NAME, outer, ELEMENT])
    assert found.members == {"person": {"name": "Alice", "nat": ["DE"]}}
    needs = {place.path: place.needs for place in found.places}
    assert needs["person", "name"] == (outer, NAME)
    with pytest.raises(sdjwt.DisclosureInvalid, match="no digest"):
        process(hidden(outer), [NAME])


@pytest.mark.requirement("rfc9901:7.1:processing")
def test_an_element_may_be_a_list_with_elements_of_its_own():
    inner = disclosure("s3", [element(ELEMENT), "x"])
    assert process({"a": [[element(inner)]]}, [inner, ELEMENT]).members == {"a": [[["DE", "x"]]]}


def refused(payload: dict[str, object], *disclosures: str) -> str:
    with pytest.raises(sdjwt.DisclosureInvalid) as caught:
        process(payload, disclosures)
    return str(caught.value)


@pytest.mark.requirement("rfc9901:7.1:unreferenced", "tokens:J-46:refusals")
def test_a_disclosure_that_nothing_refers_to_is_refused():
    assert "no digest" in refused(hidden(NAME), NAME, ELEMENT)
    assert "no digest" in refused({}, NAME)


@pytest.mark.requirement("rfc9901:4:once", "tokens:J-46:refusals")
def test_a_disclosure_that_is_sent_twice_is_refused():
    assert "twice" in refused(hidden(NAME), NAME, NAME)


@pytest.mark.requirement("rfc9901:7.1:repeated-digest", "tokens:J-46:refusals")
@pytest.mark.parametrize(
    "payload",
    [
        hidden(NAME, NAME),
        hidden(NAME, a=hidden(NAME)),
        hidden(NAME, a=[element(NAME)]),
        {"a": [element(ELEMENT), element(ELEMENT)]},
    ],
)
@pytest.mark.parametrize("shown", [(), (NAME,), (ELEMENT,)])
def test_a_digest_that_stands_twice_is_refused(payload, shown):
    """Also where nothing is shown: a decoy stands once too."""
    refused(payload, *shown)


def test_a_digest_that_stands_again_inside_a_disclosure_is_refused():
    outer = disclosure("s3", "person", hidden(NAME))
    assert "two places" in refused(hidden(outer, NAME), outer, NAME)


@pytest.mark.requirement("rfc9901:7.1:name-taken", "tokens:J-46:refusals")
def test_a_name_that_is_there_already_is_refused():
    other = disclosure("s9", "name", "Mallory")
    assert "name of another" in refused(hidden(NAME, name="Bob"), NAME)
    assert "name of another" in refused(hidden(NAME, other), NAME, other)


@pytest.mark.requirement("rfc9901:7.1:array-length", "tokens:J-46:refusals")
def test_a_member_is_no_element_and_an_element_no_member():
    assert "an element is disclosed" in refused(hidden(ELEMENT), ELEMENT)
    assert "a member is disclosed" in refused({"a": [element(NAME)]}, NAME)


@pytest.mark.requirement("rfc9901:4.1:reserved", "tokens:J-46:refusals")
@pytest.mark.parametrize(
    "payload",
    [
        {"_sd": "text"},
        {"_sd": [7]},
        {"_sd": None},
        {"a": {"_sd": {}}},
        {"...": "x"},
        {"a": {"...": "x"}},
        {"a": [{"...": 7}]},
        {"a": [{"...": "x", "more": 1}]},
        {"a": {"_sd_alg": "sha-256"}},
        {"a": [{"_sd_alg": "sha-256"}]},
    ],
)
def test_a_reserved_name_out_of_its_place_is_refused(payload):
    refused(payload)


@pytest.mark.parametrize("listed", ["text", [7], None, {}])
def test_the_member_of_wrong_digests_is_named(listed):
    with pytest.raises(sdjwt.DisclosureInvalid, match="a list of text") as caught:
        process({"_sd": listed}, [])
    assert caught.value.claim == "_sd"


@pytest.mark.requirement("tokens:J-46:limits")
def test_disclosures_cannot_nest_deeper_than_json_may():
    """Each is shallow; together they would be forty deep, and any two hundred."""
    chain = [disclosure("s", "x", {})]
    for _ in range(31):
        chain.append(disclosure("s", "x", {"_sd": digests(chain[-1])}))
    assert "deeper" in refused(hidden(chain[-1]), *chain)
    assert process(hidden(chain[-2]), chain[:-1]).members["x"]
    lists = [disclosure("s", [])]
    for _ in range(31):
        lists.append(disclosure("s", [element(lists[-1])]))
    assert "deeper" in refused({"a": [element(lists[-1])]}, *lists)


@pytest.mark.requirement("tokens:J-46:limits")
def test_a_payload_may_nest_as_deep_as_json_may():
    deep: object = "x"
    for _ in range(31):
        deep = {"x": deep}
    assert process({"x": deep}, []).members == {"x": deep}
    with pytest.raises(sdjwt.DisclosureInvalid, match="deeper"):
        process({"x": {"x": deep}}, [])


def test_a_claim_inside_of_an_element_has_its_place():
    found = process({"a": ["x", {"b": hidden(NAME)}]}, [NAME])
    assert [place.path for place in found.places] == [("a", 1, "b", "name")]


def test_no_repr_shows_a_claim():
    found = process(hidden(NAME), [NAME])
    assert "Alice" not in repr(found) + repr(found.places)
