"""`watchword.client.Login` against the running server, by each of its ways: users.md U5."""

import httpx2
import pytest
from tests.flows.conftest import PASSWORDS

from watchword.client import Login, LoginFailed


@pytest.mark.requirement("users:U5:challenge-endpoint")
@pytest.mark.parametrize("by", ["login", "challenge", "metadata"])
def test_program_logs_in_and_refreshes_by_each_way(running, by):
    login = Login(running.url, "alice", PASSWORDS["alice"], by=by, clock=running.clock)
    with httpx2.Client(base_url=running.url, auth=login) as http:
        assert http.get("/me").json()["name"] == "alice"
        running.clock.forward(290)
        assert http.get("/me").status_code == 200
        running.clock.forward(86_400)
        assert http.get("/me").status_code == 200


@pytest.mark.parametrize("by", ["login", "challenge", "metadata"])
def test_wrong_password_has_one_name_by_each_way(running, by):
    login = Login(running.url, "alice", "not her passphrase", by=by, clock=running.clock)
    with httpx2.Client(auth=login) as http, pytest.raises(LoginFailed) as failed:
        http.get(f"{running.url}/me")
    assert failed.value.code == "invalid_credentials"
