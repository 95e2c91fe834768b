"""The door `watchword.jwt`."""

import pytest

from watchword import jwt
from watchword.jose.jwk.secret import HmacKey


@pytest.mark.parametrize("name", jwt.__all__)
def test_each_name_is_found_and_documented(name):
    value = getattr(jwt, name)
    assert value is getattr(jwt, name)
    assert name in vars(jwt)
    if isinstance(value, type):
        assert value.__doc__


def test_the_list_of_names_is_what_dir_shows():
    assert dir(jwt) == sorted(jwt.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="encode"):
        jwt.encode  # noqa: B018 - the access is what is tested


def test_secret_is_the_doors_name_of_the_hmac_key():
    assert jwt.Secret is HmacKey


def test_everything_comes_with_a_star():
    names: dict[str, object] = {}
    exec("from watchword.jwt import *", names)
    assert set(jwt.__all__) <= set(names)
