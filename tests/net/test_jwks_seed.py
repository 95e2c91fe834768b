"""Keys that outlive a process. Source: tokens.md J-45."""

import pytest
from tests.net.library import (
    ISSUER,
    NEW,
    OPENID,
    Clock,
    published,
    remote,
    settled,
)

from watchword.jose.errors import KeysUnavailable, PolicyRefused, UnknownKey
from watchword.net.errors import Unreachable
from watchword.net.jwks import RemoteKeySet


@pytest.mark.requirement("tokens:J-45:export-and-seed")
def test_seed_answers_while_the_issuer_is_down(library):
    clock = Clock(time=1_900_000_000.0)
    first = remote(library, clock)
    with pytest.raises(KeysUnavailable, match="no keys to export"):
        first.export()
    first.find("ES256", "old")
    exported = first.export()
    library.documents["https://id.example.com/jwks"] = Unreachable("down")
    clock.time += 700
    second = remote(library, clock, seed=exported)
    assert second.status.age_seconds == 700
    assert not second.status.is_fresh
    assert second.find("ES256", "old").kid == "old"
    settled(second)
    assert second.status.failures == 1
    assert second.find_at_hand("ES256", "old").kid == "old"
    assert second.export() == exported
    library.documents["https://id.example.com/jwks"] = published(NEW)
    clock.time += 60
    second.find("ES256", "old")
    settled(second)
    with pytest.raises(UnknownKey):
        second.find("ES256", "old")
    assert second.find("ES256", "new").kid == "new"


@pytest.mark.requirement("tokens:J-45:export-and-seed")
def test_fresh_seed_needs_no_fetch_and_an_old_one_is_no_help(library):
    clock = Clock(time=1_900_000_000.0)
    first = remote(library, clock)
    first.find("ES256", "old")
    exported = first.export()
    assert remote(library, clock, seed=exported.encode()).find("ES256", "old").kid == "old"
    assert len(library.asked) == 1
    library.documents["https://id.example.com/jwks"] = Unreachable("down")
    clock.time += 600 + 24 * 3_600
    with pytest.raises(KeysUnavailable):
        remote(library, clock, seed=exported).find("ES256", "old")


def test_seed_of_an_issuer_goes_to_that_issuer(library):
    clock = Clock(time=1_900_000_000.0)
    library.documents[OPENID] = {"issuer": ISSUER, "jwks_uri": "https://id.example.com/jwks"}
    options = {"algorithms": ["ES256"], "fetcher": library, "clock": clock}
    first = RemoteKeySet.from_issuer(ISSUER, **options)
    first.find("ES256", "old")
    seed = first.export()
    assert RemoteKeySet.from_issuer(ISSUER, **options, seed=seed).find("ES256", "old")
    with pytest.raises(PolicyRefused, match="another URL or issuer"):
        RemoteKeySet.from_issuer(ISSUER + "2", **options, seed=seed)
