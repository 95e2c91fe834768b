"""The door `watchword.pyjwt`. Source: tokens.md section 3, P-5."""

import importlib
import inspect

import jwt as peer
import pytest
from tools.import_budget import modules

import watchword.pyjwt as door

MODULES = ("algorithms", "api_jwk", "api_jws", "api_jwt", "exceptions", "jwks_client", "warnings")
METHODS = {
    "PyJWT": ("__init__", "encode", "decode", "decode_complete"),
    "PyJWS": (
        *("__init__", "encode", "decode", "decode_complete", "get_unverified_header"),
        *("get_algorithms", "get_algorithm_by_name", "register_algorithm", "unregister_algorithm"),
    ),
    "PyJWK": ("__init__", "from_dict", "from_json"),
    "PyJWKSet": ("__init__", "from_dict", "from_json", "__getitem__", "__iter__"),
    "PyJWKClient": (
        *("__init__", "fetch_data", "get_jwk_set", "get_signing_keys", "get_signing_key"),
        *("get_signing_key_from_jwt", "match_kid"),
    ),
}
# Unsecured tokens; the registry; what is only the inside of PyJWT.
ABSENT = {"NoneAlgorithm", "AllowedECKeys", "AllowedKeys", "AllowedOKPKeys", "AllowedPrivateKeys"}
ABSENT |= {"AllowedPublicKeys", "AllowedRSAKeys", "JWKSetCache", "PyJWTSetWithTimestamp"}


@pytest.mark.requirement("tokens:P-5:names-and-signatures")
@pytest.mark.parametrize("name", sorted({*peer.__all__, *door.__all__}))
def test_each_name_is_found_and_documented(name):
    value = getattr(door, name)
    assert value is getattr(door, name)
    assert name in vars(door)
    assert value.__doc__


@pytest.mark.requirement("tokens:P-5:names-and-signatures")
@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_what_pyjwts_defines_in_it(name):
    theirs, ours = (importlib.import_module(f"{m}.{name}") for m in ("jwt", "watchword.pyjwt"))
    defined = {
        found
        for found, value in vars(theirs).items()
        if not found.startswith("_") and getattr(value, "__module__", "") == theirs.__name__
    }
    assert defined - ABSENT <= set(dir(ours))
    assert set(ours.__all__) <= set(dir(ours))


@pytest.mark.requirement("tokens:P-5:names-and-signatures")
@pytest.mark.parametrize("name", METHODS)
def test_each_method_takes_what_pyjwts_takes(name):
    """Names, order and kinds; what the door adds can only be given by keyword."""
    for method in METHODS[name]:
        theirs, ours = (
            inspect.signature(getattr(getattr(module, name), method)).parameters
            for module in (peer, door)
        )
        added = {p.name for p in ours.values() if p.kind is p.KEYWORD_ONLY}
        kept = [(p.name, p.kind) for p in ours.values() if p.name not in added]
        assert kept == [(p.name, p.kind) for p in theirs.values()]
        for parameter in theirs.values():
            if isinstance(parameter.default, bool | int | str | None):
                assert ours[parameter.name].default == parameter.default


def test_the_functions_are_methods_of_one_object():
    assert door.encode.__self__ is door.decode.__self__ is door.api_jwt.decode_complete.__self__
    assert door.get_unverified_header is door.api_jws.get_unverified_header


def test_the_version_is_the_interfaces():
    assert door.__version__ == peer.__version__


def test_the_list_of_names_is_what_dir_shows():
    assert dir(door) == sorted(door.__all__)
    with pytest.raises(AttributeError, match="nothing"):
        door.nothing  # noqa: B018 - the access is what is tested


def test_everything_comes_with_a_star():
    names: dict[str, object] = {}
    exec("from watchword.pyjwt import *", names)
    assert set(door.__all__) <= set(names)


def test_importing_the_door_loads_nothing():
    loaded = set(modules("import watchword.pyjwt")) - set(modules("pass"))
    assert {name for name in loaded if not name.startswith("watchword")} <= {"__future__"}
    assert {name for name in loaded if name.startswith("watchword")} == {
        "watchword",
        "watchword.base",
        "watchword.base.lazy",
        "watchword.pyjwt",
    }


def test_a_program_with_secrets_loads_no_key_pairs():
    """An HS256 program never loads cryptography, nor what fetches."""
    call = 'jwt.decode(jwt.encode({}, "x" * 32), "x" * 32, ["HS256"])'
    loaded = modules(f"import watchword.pyjwt as jwt\n{call}")
    assert not [name for name in loaded if name.startswith(("cryptography", "ssl", "httpcore2"))]
