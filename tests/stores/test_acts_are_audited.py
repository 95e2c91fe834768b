"""Every verb of the store that writes is audited, or stands here with the reason why not.

A verb that is added has to be put into one of the three tables; a door of administration that calls
one without its author fails.

Source: security.md rule 100; decisions/0251.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import watchword
from watchword.stores import Store

HOME = Path(watchword.__file__).parent
DOORS = ("cli", "server/administration", "server/management", "server/pages/console")
DEMONSTRATION = HOME / "cli" / "demo"  # its users are made up, and its store dies with it

# They write their entry themselves, in the name of `by`.
BY_AUTHOR = {
    "add_inheritance", "add_role", "add_share", "add_user", "assign_role", "begin_acting",
    "delete_account", "forget_role", "import_users", "record_deed",
    "remove_inheritance", "remove_role", "remove_share", "restore_user", "suspend_user",
}  # fmt: skip
# They serve others too: an administrator calls them on `Store.with_deed`.
WITH_DEED = {
    "add_client", "add_link", "add_pending_signing_key", "add_registration_token", "bump_epoch",
    "disable_client", "enable_client", "end_own_session", "end_sessions", "remove_client",
    "replace_client_secret", "replace_client_ways", "replace_signing_key", "reset_factors",
}  # fmt: skip
# What an administrator alone sees of the pages: each is called about whoever asks, and nobody else.
OF_ONES_OWN = {"dismiss_first_steps", "recall_first_steps"}
# Nobody administers by them.
NOT_AUDITED = {
    "what a person does with the own account stands in its activity": {
        "add_passkey", "add_totp", "ask_reset", "ask_signup", "cancel_enrolment", "change_name",
        "change_password", "claim_address", "confirm_address", "confirm_totp", "decide_device_code",
        "disconnect", "end_session", "record_event", "redeem_link", "redeem_signup",
        "remove_address", "remove_passkey", "remove_totp", "rename_passkey", "rename_totp",
        "replace_recovery_codes", "set_primary", "update_profile",
    },
    "a step of a login or of a protocol, which its own records and traces tell of": {
        "add_challenge", "add_code", "add_device_code", "add_flow", "add_interaction", "add_traces",
        "advance_flow", "answer_interaction", "claim_device_code", "count_failure", "end_flow",
        "end_interaction", "find_session", "forget_failures", "issue_to_client", "mark_access_seen",
        "open_family", "open_family_in_session", "open_session", "raise_session", "redeem_code",
        "redeem_device_code", "release_device_code", "return_attempt", "revoke_access_token",
        "revoke_by_refresh_token", "revoke_family_of_token", "revoke_opaque_token",
        "rotate_refresh_token", "save_flow", "spend", "spend_challenge", "spend_code",
        "spend_totp_step", "take_attempt", "take_turn", "upgrade_password_hash", "use_passkey",
        "use_recovery_code",
    },
    "what a client says of itself, within what administrators let it": {
        "change_registration", "end_registration", "keep_document", "register_dynamic",
    },
    "what code declares, whose history is that of the code": {
        "declare", "register_client", "register_resource",
    },
    "what a directory says, whose own log tells who did it, or a person by it": {
        "change_password_there", "follow_entry", "forget_identity", "redeem_link_there",
    },
    "what the server does by its plan, whoever runs it": {
        "activate_signing_key", "add_first_signing_key", "claim_mails", "delete_signing_key",
        "mail_delayed", "mail_given_up", "mail_sent", "mark_demo", "note_key_reader", "queue_mail",
        "sweep",
    },
}  # fmt: skip


@cache
def writing() -> frozenset[str]:
    """The verbs of the store that write, by what they do."""
    methods = inspect.getmembers(Store, inspect.iscoroutinefunction)
    return frozenset(
        name for name, method in methods if "_driver.write(" in inspect.getsource(method)
    )


def uses() -> Iterator[tuple[str, str, bool]]:
    """Where a door names such a verb, which, and whether it does so in an author's name."""
    for door in DOORS:
        for path in sorted((HOME / door).rglob("*.py")):
            if not path.is_relative_to(DEMONSTRATION):
                for node, function in _named(ast.parse(path.read_text("utf-8"))):
                    where = f"{path.relative_to(HOME)}:{node.lineno}"
                    yield where, node.attr, _has_author(node, function)


def _named(tree: ast.AST, function: ast.AST | None = None) -> Iterator[tuple[Any, Any]]:
    """Every mention of a verb that writes, and the innermost function around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Attribute) and node.attr in writing() and not _of_deeds(node):
            yield node, function
        is_function = isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef | ast.Lambda)
        yield from _named(node, node if is_function else function)


def _of_deeds(node: ast.Attribute) -> bool:
    """Whether a function of `console/deeds.py` is meant, which is looked into itself."""
    return isinstance(node.value, ast.Name) and node.value.id == "deeds"


def _has_author(node: ast.Attribute, inner: ast.AST) -> bool:
    if node.attr in BY_AUTHOR:
        return any(isinstance(one, ast.keyword) and one.arg == "by" for one in ast.walk(inner))
    if node.attr in OF_ONES_OWN:
        return "member.user_id" in ast.unparse(inner)
    holder = ast.unparse(node.value)
    return node.attr in WITH_DEED and ("audited" in holder or "with_deed" in holder)


@pytest.mark.requirement("security:100:administration")
def test_every_verb_that_writes_is_audited_or_named():
    tables = [BY_AUTHOR, WITH_DEED, OF_ONES_OWN, *NOT_AUDITED.values()]
    named = [verb for table in tables for verb in table]
    assert sorted(named) == sorted(writing())


@pytest.mark.requirement("security:100:administration")
def test_administrators_change_nothing_without_their_name():
    found = list(uses())
    assert [(where, verb) for where, verb, has_author in found if not has_author] == []
    assert len(found) > 40, "the doors are looked into"


def test_a_door_that_forgets_the_author_is_seen():
    """What the test above looks for, in four lines of which two are wrong."""
    tree = ast.parse(
        "async def f(store, by):\n await store.end_sessions(1)\n"
        "async def g(audited, by):\n await audited.end_sessions(1)\n"
        "async def h(store, by):\n await store.add_role(1)\n"
        "async def i(store, by):\n await store.add_role(1, by=by)\n"
    )
    found = []
    for function in tree.body:
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Attribute)]
        found += [_has_author(call, function) for call in calls]
    assert found == [False, True, False, True]
