"""What of a refused request may be shown: nothing that can be a secret.

Source: oauth.md section 17; security.md rule 99.
"""

import pytest

from watchword.oauth.traces import Sent, shown


@pytest.mark.requirement("oauth:17:trace-without-secrets")
def test_only_what_can_be_no_secret_is_shown():
    sent = {
        "grant_type": "refresh_token",
        "refresh_token": "CANARY",
        "username": "CANARY",
        "passkey": {"id": "CANARY"},
        "CANARY": "CANARY",
    }
    found = shown(sent)
    assert found == (
        Sent("grant_type", "refresh_token"),
        Sent("refresh_token", "(6 characters)"),
        Sent("username", "(6 characters)"),
        Sent("passkey", "(dict)"),
        Sent("(others)", "1"),
    )
    assert "CANARY" not in repr(found)


@pytest.mark.requirement("oauth:17:trace-without-secrets")
@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://app.example/cb?token=CANARY", "https://app.example/cb?..."),
        ("https://alice:CANARY@app.example/cb", "https://app.example/cb"),
        ("com.example.app:/CANARY", "com.example.app:..."),
        ("https://[CANARY", "(malformed)"),
    ],
)
def test_addresses_are_shown_without_what_may_be_hidden_in_them(address, told):
    assert shown([("redirect_uri", address)]) == (Sent("redirect_uri", told),)


def test_a_flood_of_parameters_is_counted():
    found = shown([("scope", "x" * 999)] * 100)
    assert len(found) == 65
    assert found[0].value == "x" * 200
    assert found[-1] == Sent("(others)", "36")


def test_control_characters_write_no_lines_of_their_own():
    assert shown([("client_id", "a\nb")])[0].value == "a\\nb"
