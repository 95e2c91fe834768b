import pytest

from watchword import dpop


def test_every_name_resolves_and_others_do_not():
    assert dir(dpop) == sorted(dpop.__all__)
    for name in dpop.__all__:
        assert getattr(dpop, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        dpop.nothing  # noqa: B018 - the access is what is tested
