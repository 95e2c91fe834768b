"""Lines of curl: made from the operations that answer them.

users.md U40.
"""

import json
import shlex

import pytest

from watchword.server.calls import Call
from watchword.server.management.api import routers
from watchword.server.management.curl import curl_line

ISSUER = "https://id.example.com/auth"


def test_operations_are_told_apart_by_name():
    names = [route.name for router in routers() for route in router.routes]
    assert len(names) == len(set(names)) > 30


@pytest.mark.requirement("users:U40:curl-lines")
def test_each_argument_goes_where_the_operation_reads_it():
    given = curl_line(
        Call("give_role", {"user_id": "u 1", "role": "r", "reason": "a"}), issuer=ISSUER
    )
    assert given.text == (
        f"curl -X PUT {ISSUER}/admin/api/v1/users/u%201/roles/r \\\n"
        '  -H "Authorization: Bearer $TOKEN" \\\n'
        """  --json '{"reason": "a"}'"""
    )
    assert given.what == "Give a role."
    taken = curl_line(
        Call("take_role", {"user_id": "u", "role": "r", "reason": "a&b"}), issuer=ISSUER
    )
    assert taken.text == (
        f"curl -X DELETE '{ISSUER}/admin/api/v1/users/u/roles/r?reason=a%26b' \\\n"
        '  -H "Authorization: Bearer $TOKEN"'
    )
    listed = curl_line(Call("list_users", {}), issuer=ISSUER)
    assert listed.text.splitlines()[0] == f"curl -X GET {ISSUER}/admin/api/v1/users \\"


@pytest.mark.requirement("users:U40:curl-lines")
def test_nothing_in_a_line_turns_or_ends_what_a_shell_reads():
    reason = "it's \u202e$(reboot) `x`\r\n"
    text = curl_line(Call("rotate_keys", {"reason": reason}), issuer=ISSUER).text
    assert text.isascii()
    assert all(character.isprintable() or character == "\n" for character in text)
    assert len(text.splitlines()) == 3
    assert json.loads(shlex.split(text)[-1]) == {"reason": reason}


@pytest.mark.requirement("users:U40:curl-lines")
@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("give_role", {"user_id": "u", "role": "Editor", "reason": "a"}),
        ("take_role", {"user_id": "u", "role": "editor", "reason": ""}),
        ("rotate_keys", {"reason": ""}),
        ("rotate_keys", {}),
        ("disable_client", {"client_id": "https://agent.example/a", "reason": "a"}),
    ],
)
def test_what_the_api_would_refuse_is_no_line(operation, arguments):
    assert curl_line(Call(operation, arguments), issuer=ISSUER) is None


def test_a_call_that_nothing_answers_is_a_mistake_of_the_caller():
    with pytest.raises(KeyError):
        curl_line(Call("forgive_user", {}), issuer=ISSUER)
    with pytest.raises(TypeError, match="does not take \\['sid'\\], and lacks \\['user_id'\\]"):
        curl_line(Call("suspend_user", {"sid": "s", "reason": "a"}), issuer=ISSUER)
