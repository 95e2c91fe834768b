"""What is administered has three doors: a command, the management API and the admin pages.

Each act stands in a table with its way through each door, or with the reason why one lacks it. An
act that is added to one of the three has to be put into the table, and so into the other two.

Issue 6; users.md U40 and U59.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import click
import pytest
from fastapi.routing import APIRoute

from watchword.cli.root import root
from watchword.server.management.api import routers
from watchword.server.pages.console.access import CHANGES
from watchword.server.pages.console.apps import SWITCHES
from watchword.server.pages.console.user import ACTS
from watchword.server.routes import ROUTES


@dataclass(frozen=True)
class Lacks:
    """Why an act has no way through a door."""

    why: str


@dataclass(frozen=True)
class Doors:
    """How an act is done: `group name`, the function of an operation, and what a browser sends."""

    command: str | Lacks
    operation: str | Lacks
    page: str | Lacks


USER = "/admin/users/{user_id}"
ACCESS = "/admin/access"
APPS = "/admin/apps"
ON_A_BROWSER = Lacks("it is a session of the browser in which the administrator is signed in")
OF_FILES = Lacks("it reads a file of another system, with hashes, where the database is")
OF_A_SET_UP = Lacks("the token goes into the set-up of programs, by whoever sets up the server")
AFTER_A_RESTORE = Lacks("it follows a restore, and ends the session and the token that ask for it")

PEOPLE: Mapping[str, Doors] = {
    "list users": Doors("user list", "list_users", "GET /admin/users"),
    "show a user": Doors("user show", "show_user", f"GET {USER}"),
    "add a user": Doors("user add", "add_user", "POST /admin/users/new"),
    "make a link to set a password": Doors("user link", "make_link", f"POST {USER}/link"),
    "import users": Doors("user import", OF_FILES, OF_FILES),
    "suspend a user": Doors("user suspend", "suspend_user", f"POST {USER}/suspend"),
    "resume a user": Doors("user resume", "resume_user", f"POST {USER}/resume"),
    "delete a user": Doors("user delete", "delete_user", f"POST {USER}/delete"),
    "list second factors": Doors("user factors", "list_factors", f"GET {USER}"),
    "reset second factors": Doors(
        "user reset-factors", "reset_factors", f"POST {USER}/reset-factors"
    ),
    "act as a user": Doors(ON_A_BROWSER, ON_A_BROWSER, f"POST {USER}/act-as"),
    "give a role": Doors("role give", "give_role", f"POST {USER}"),
    "take a role away": Doors("role take", "take_role", f"POST {USER}/take"),
    "list the sessions of a user": Doors("session list", "list_sessions", "GET /admin/sessions"),
    "end a session": Doors("session end", "end_session", "POST /admin/sessions"),
    "end the sessions of a user": Doors(
        "session end --all", "end_sessions", f"POST {USER}/end-sessions"
    ),
    "end the sessions of everyone": Doors(
        "session end --everyone", AFTER_A_RESTORE, AFTER_A_RESTORE
    ),
}
ROLES_AND_SHARES: Mapping[str, Doors] = {
    "list roles": Doors("role list", "list_roles", f"GET {ACCESS}"),
    "write a role down": Doors("role add", "put_role", f"POST {ACCESS} add-role"),
    "strike a role out": Doors("role remove", "remove_role", f"POST {ACCESS} remove-role"),
    "include a role": Doors("role inherit", "add_inheritance", f"POST {ACCESS} inherit"),
    "end an inheritance": Doors(
        "role inherit --end", "end_inheritance", f"POST {ACCESS} end-inheritance"
    ),
    "list shares": Doors("share list", "list_shares", f"GET {ACCESS}"),
    "share": Doors("share add", "add_share", f"POST {ACCESS} share"),
    "end a share": Doors("share remove", "remove_share", f"POST {ACCESS} unshare"),
}
APPLICATIONS: Mapping[str, Doors] = {
    "list applications": Doors("app list", "list_clients", f"GET {APPS}"),
    "show an application": Doors("app show", "show_client", f"GET {APPS}"),
    "add an application": Doors("app add", "add_client", f"POST {APPS}/add"),
    "change an application": Doors("app set", "change_client", f"POST {APPS}/change"),
    "remove an application": Doors("app remove", "remove_client", f"POST {APPS}/remove"),
    "make another secret": Doors("app secret", "replace_secret", f"POST {APPS}/secret"),
    "switch an application off": Doors("app disable", "disable_client", f"POST {APPS} off"),
    "switch an application on": Doors("app enable", "enable_client", f"POST {APPS} on"),
    "invite programs to register": Doors("app invite", OF_A_SET_UP, OF_A_SET_UP),
}
TABLES = (PEOPLE, ROLES_AND_SHARES, APPLICATIONS)
GROUPS = ("user", "role", "share", "session", "app")  # of commands
TAGS = ("users", "roles", "shares", "clients")  # of operations
AREAS = ("/admin/users", ACCESS, "/admin/sessions", APPS)  # of pages
# Buttons of one page, each a change of its own.
BUTTONS = {ACCESS: CHANGES, APPS: SWITCHES}
# Pages that do by other means what stands in a table, or show what is nobody's to change.
BESIDE = {
    "GET /admin/users/new": "the form of an act",
    f"GET {USER}/act-as": "the form of an act",
    f"GET {USER}/link": "the form of an act",
    "GET /admin/users/several": "the acts about one, for several rows",
    "POST /admin/users/several": "the acts about one, for several rows",
    f"GET {APPS}/add": "the form of an act",
    f"GET {APPS}/change": "the form of an act",
    f"GET {APPS}/remove": "the form of an act",
    f"GET {APPS}/secret": "the form of an act",
    f"GET {APPS}/several": "the acts about one, for several rows",
    f"POST {APPS}/several": "the acts about one, for several rows",
    "GET /admin/sessions/several": "the acts about one, for several rows",
    "POST /admin/sessions/several": "the acts about one, for several rows",
    f"GET {ACCESS}/ask": "a question about the policy: `watchword explain`, `GET /explanation`",
    f"GET {ACCESS}/roles/{{role}}": "one of the roles that are listed",
    f"GET {ACCESS}/rules": "the policy, which is code: `watchword policy show`",
}


def every(door: str) -> list[str]:
    """What the tables say of a door."""
    said = [getattr(doors, door) for table in TABLES for doors in table.values()]
    return [way for way in said if not isinstance(way, Lacks)]


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every command of the groups, as it is typed."""
    context = click.Context(root)
    for name in GROUPS:
        group = root.get_command(context, name)
        assert isinstance(group, click.Group)
        for command in group.commands.values():
            yield f"{name} {command.name}", command


def pages() -> Iterator[str]:
    """What a browser may send in the areas: a method and a path, and which button."""
    for row in ROUTES:
        if not row.path.startswith(AREAS) or not row.shows_pages:
            continue
        if row.path == f"{USER}/{{act}}":
            yield from (f"POST {USER}/{act}" for act in ACTS)
        elif row.path in BUTTONS:
            yield f"GET {row.path}"
            yield from (f"POST {row.path} {change}" for change in BUTTONS[row.path])
        else:
            yield from (f"{method} {row.path}" for method in row.handlers)


@pytest.mark.requirement("users:U59:three-doors")
def test_every_command_stands_in_the_table():
    found = dict(commands())
    said = every("command")
    assert {" ".join(way.split()[:2]) for way in said} == found.keys()
    for way in said:
        group, name, *options = way.split()
        known = {one for each in found[f"{group} {name}"].params for one in each.opts}
        assert known.issuperset(options), way


@pytest.mark.requirement("users:U59:three-doors")
def test_every_operation_of_the_api_stands_in_the_table():
    found = [
        route.name
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute) and set(route.tags) & set(TAGS)
    ]
    assert sorted(every("operation")) == sorted(found)


@pytest.mark.requirement("users:U59:three-doors")
def test_every_admin_page_stands_in_the_table():
    assert {*every("page"), *BESIDE} == set(pages())
    assert not BESIDE.keys() & set(every("page"))


@pytest.mark.requirement("users:U59:three-doors")
def test_a_door_that_lacks_an_act_says_why():
    for table in TABLES:
        for act, doors in table.items():
            lacking = [one for one in vars(doors).values() if isinstance(one, Lacks)]
            assert len(lacking) < 3, act
            assert all(len(one.why) > 20 for one in lacking), act
