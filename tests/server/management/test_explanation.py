"""May somebody do something, and why: as the admin pages say it, for programs.

users.md U45; access.md section 8.
"""

import pytest
from tests.server.management.conftest import caller

from watchword.server.administration.policy import Administered, administrator, policy


@pytest.fixture
def auditor(managed):
    managed.add_user("otto", "auditor")
    return caller(managed, "otto", "admin:read")


def ask(browser, **words):
    return browser("GET", "/explanation", params=words)


@pytest.mark.requirement("users:U45:rule-tree")
def test_the_answer_is_the_policys_own(managed, auditor):
    answer = ask(auditor, who="otto", action="update", type="user").json()
    otto = managed.run(managed.runtime.store.find_user("otto"))
    me = administrator(otto, tenant=managed.runtime.store.tenant, scopes=None)
    row = Administered(tenant=managed.runtime.store.tenant, kind="user")
    assert answer["text"] == policy.explain(me, "update", row)
    assert (answer["allowed"], answer["kind"], answer["rule"]) == (False, "not_allowed", None)
    assert answer["policy_version"] == policy.version
    nearest = next(one for one in answer["rules"] if one["effect"] == "allow")
    assert nearest["rule"] == "administered.admin"
    assert nearest["condition"]["holds"] is nearest["fired"] is nearest["decides"] is False


@pytest.mark.requirement("users:U45:rule-tree")
def test_the_rule_that_decides_comes_first(auditor):
    answer = ask(auditor, who="boss", action="delete", type="audit").json()
    first = answer["rules"][0]
    assert answer["rule"] == first["rule"] == "administered.append_only"
    assert first["decides"]
    condition = {"join": "leaf", "said": "resource.kind='audit' == 'audit'", "holds": True}
    assert first["condition"] == condition | {"parts": []}


@pytest.mark.requirement("users:U45:clear-refusal")
def test_each_word_that_names_nothing_is_told(auditor):
    answer = ask(auditor, who="zoe", action="rea", type="zzz", id="7")
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"pointer": "/query/who", "problem": "nobody is called so"},
        {"pointer": "/query/action", "problem": "did you mean 'read'?"},
        {"pointer": "/query/type", "problem": "no rule is about things of this kind"},
    ]
    answer = ask(auditor, rules="application", who="boss", action="read", type="note")
    told = {"pointer": "/query/type", "problem": "no rule is about things of this kind"}
    assert answer.json()["errors"] == [told]
    answer = ask(auditor, action="read", type="user")
    assert answer.json()["errors"] == [{"pointer": "/query/who", "problem": "is missing"}]
