import pytest

from watchword import jws


def test_every_name_resolves_and_others_do_not():
    assert dir(jws) == sorted(jws.__all__)
    for name in jws.__all__:
        assert getattr(jws, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        jws.nothing  # noqa: B018 - the access is what is tested
