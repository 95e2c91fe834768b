import pytest
from tests.pages.account.conftest import Browser, words
from tests.server.conftest import PASSWORD


@pytest.mark.requirement("users:U39:deletion")
def test_a_deleted_account_is_gone_everywhere(started, alice):
    """security.md rule 42; OWASP ASVS 5.0 V7.4.2."""
    other, pair = Browser(started).sign_in(), started.log_in("alice").json()
    answer = alice.send("/account/delete", name=" ALICE ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?notice=account-deleted")
    assert alice.cookie() is None
    assert "Your account is deleted." in words(alice.get(answer.headers["location"]))
    assert other.get("/account").status_code == 303
    assert started.me(pair["access_token"]).status_code == 401
    refresh = started.post("/refresh", json={"refresh_token": pair["refresh_token"]})
    assert refresh.status_code == 400
    assert started.log_in("alice").status_code != 200
    assert started.run(started.runtime.store.find_user("alice")) is None


@pytest.mark.requirement("users:U43:typed-name")
def test_another_name_deletes_nothing(started, alice):
    answer = alice.send("/account/delete", name="bob")
    assert answer.status_code == 400
    assert "This is not the name of your account." in words(answer)
    for name in ("alice", "bob"):
        assert started.run(started.runtime.store.find_user(name)) is not None


@pytest.mark.requirement("users:U39:last-administrator")
def test_the_last_administrator_stays(started):
    ada = Browser(started).sign_in("ada", PASSWORD)
    answer = ada.send("/account/delete", name="ada")
    assert answer.status_code == 409
    assert "You are the last administrator" in words(answer)
    started.add_user("ben", "admin")
    assert ada.send("/account/delete", name="ada").status_code == 303
