"""The door `watchword.jwe`."""

import pytest

from watchword import jwe


@pytest.mark.parametrize("name", jwe.__all__)
def test_each_name_is_found_and_documented(name):
    value = getattr(jwe, name)
    assert value is getattr(jwe, name)
    assert name in vars(jwe)
    if isinstance(value, type):
        assert value.__doc__


def test_the_list_of_names_is_what_dir_shows():
    assert dir(jwe) == sorted(jwe.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="decrypt"):
        jwe.decrypt  # noqa: B018 - the access is what is tested


def test_everything_comes_with_a_star():
    names: dict[str, object] = {}
    exec("from watchword.jwe import *", names)
    assert set(jwe.__all__) <= set(names)
