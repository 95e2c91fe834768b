import pytest

from watchword import statuslist


def test_every_name_resolves_and_others_do_not():
    assert dir(statuslist) == sorted(statuslist.__all__)
    for name in statuslist.__all__:
        assert getattr(statuslist, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        statuslist.nothing  # noqa: B018 - the access is what is tested


def test_the_draft_is_named():
    """Tokens.md J-49: a setting that names this says which draft it means."""
    assert statuslist.DRAFT == "draft-ietf-oauth-status-list-21"
    assert (statuslist.VALID, statuslist.INVALID, statuslist.SUSPENDED) == (0, 1, 2)
