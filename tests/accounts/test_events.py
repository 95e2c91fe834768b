"""Events and their sentences."""

from watchword.accounts.events import SENTENCES, Event, EventKind
from watchword.accounts.origin import NOWHERE


def test_every_kind_has_a_sentence():
    assert set(SENTENCES) == set(EventKind)
    assert len(set(SENTENCES.values())) == len(EventKind)


def test_kinds_and_sentences_are_in_the_order_of_the_alphabet():
    """So that merges stay easy."""
    names = [kind.name for kind in EventKind]
    assert [kind.name for kind in SENTENCES] == names


def test_what_is_not_known_is_left_out():
    event = Event(EventKind.SIGNED_IN, 1)
    assert (event.user_id, event.origin, event.detail) == (None, NOWHERE, {})
