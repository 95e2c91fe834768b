"""Whatever is sent, the answer is one of the specification's: no body ends in a 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.pdp.conftest import entity, question

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats()
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
NAMES = ["subject", "action", "resource", "context", "evaluations", "options", "page"]
ENTITIES = st.sampled_from(
    [
        entity("user", "alice"),
        entity("user", "bob", role="admin"),
        entity("record", "record-1", status="archived"),
        {"type": "record"},
        {"type": "user"},
        {"name": "write"},
        {"name": "delete", "properties": {"soft": True}},
    ]
)
BODIES = st.dictionaries(st.sampled_from(NAMES), ENTITIES | VALUES) | st.builds(
    lambda more: question("alice", "read", "record-1") | more,
    st.dictionaries(st.sampled_from(NAMES), ENTITIES | VALUES, max_size=2),
)
PATHS = ["/evaluation", "/evaluations", "/search/subject", "/search/resource", "/search/action"]


@pytest.mark.requirement("access:Z6:i-json")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(PATHS), body=BODIES)
def test_no_body_ends_in_a_500(asked, path, body):
    answer = asked.ask(path, body, **_as_json(body))
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 200:
        assert {"decision", "evaluations", "results"} & set(answer.json())


def _as_json(body: object) -> dict[str, object]:
    content = json.dumps(body).encode()  # NaN as well: httpx would refuse to send it
    return {"json": None, "content": content, "headers": {"content-type": "application/json"}}
