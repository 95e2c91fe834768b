"""The door `watchword.sdjwt`."""

import pytest

from watchword import sdjwt


@pytest.mark.parametrize("name", sdjwt.__all__)
def test_each_name_is_found_and_documented(name):
    value = getattr(sdjwt, name)
    assert value is getattr(sdjwt, name)
    assert name in vars(sdjwt)
    if isinstance(value, type):
        assert value.__doc__


def test_the_list_of_names_is_what_dir_shows():
    assert dir(sdjwt) == sorted(sdjwt.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="decode"):
        sdjwt.decode  # noqa: B018 - the access is what is tested
