"""What a store says when it cannot do its work, also from another process."""

import pickle

import pytest

from watchword.stores.errors import SchemaMissing, StoreBusy, StoreError, StoreUnavailable


@pytest.mark.parametrize("kind", [StoreError, StoreUnavailable, StoreBusy, SchemaMissing])
def test_error_comes_through_to_another_process(kind):
    """One that did not broke the pool of processes, and nobody learned what it was."""
    error = pickle.loads(pickle.dumps(kind("the disk is full", fix="free some")))
    assert type(error) is kind
    assert (error.cause, error.fix) == ("the disk is full", "free some")
    assert str(error) == "the disk is full; free some"
