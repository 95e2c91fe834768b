"""The addresses of the admin pages, as `routes` takes them into its table.

Source: users.md U40 to U43.
"""

from dataclasses import replace

from watchword.server.pages.console.access import change_access, show_access
from watchword.server.pages.console.acting import act_as, show_act_as
from watchword.server.pages.console.app_acts import (
    remove_client,
    replace_secret,
    show_other_secret,
    show_removal,
)
from watchword.server.pages.console.app_edit import (
    add_client,
    change_client,
    show_changes,
    show_new_client,
)
from watchword.server.pages.console.apps import change_clients, show_clients
from watchword.server.pages.console.ask import show_question
from watchword.server.pages.console.events import show_events
from watchword.server.pages.console.first_steps import set_first_steps
from watchword.server.pages.console.happenings import LIVE
from watchword.server.pages.console.keys import change_keys, show_keys
from watchword.server.pages.console.live import live_events
from watchword.server.pages.console.log import show_log
from watchword.server.pages.console.new_user import add_user, show_new_user
from watchword.server.pages.console.overview import overview
from watchword.server.pages.console.refusals import show_refusals
from watchword.server.pages.console.roles import show_role
from watchword.server.pages.console.rules import show_rules
from watchword.server.pages.console.search import search
from watchword.server.pages.console.sessions import end_one, show_sessions
from watchword.server.pages.console.settings import show_settings
from watchword.server.pages.console.several_lists import (
    several_apps,
    several_sessions,
    several_users,
)
from watchword.server.pages.console.tools import show_tools
from watchword.server.pages.console.undo import show_undo, undo_change
from watchword.server.pages.console.user import act, change_user, show_act, show_user
from watchword.server.pages.console.users import users
from watchword.server.pages.console.ways_in import make_link, show_link
from watchword.server.route import Handler, Route, page

__all__ = ["ADMIN_ROUTES"]

SEVERAL_BYTES_MAX = 64 * 1024  # a hundred ids of applications, of 256 characters that are escaped


def _several(path: str, show: Handler, change: Handler) -> Route:
    """Return the row of a page on which several rows of a list are changed."""
    route = page(path, "session", get=show, post=change)
    return replace(route, body_bytes_max=SEVERAL_BYTES_MAX)


ADMIN_ROUTES: tuple[Route, ...] = tuple(
    replace(row, is_served=lambda settings: settings.admin_pages)
    for row in (
        page("/admin", "session", get=overview, post=set_first_steps),
        page("/admin/users", "session", get=users),
        _several("/admin/users/several", *several_users),
        _several("/admin/apps/several", *several_apps),
        _several("/admin/sessions/several", *several_sessions),
        page("/admin/users/new", "session", get=show_new_user, post=add_user),
        page("/admin/users/{user_id}", "session", get=show_user, post=change_user),
        page("/admin/users/{user_id}/act-as", "session", get=show_act_as, post=act_as),
        page("/admin/users/{user_id}/link", "session", get=show_link, post=make_link),
        page("/admin/users/{user_id}/{act}", "session", get=show_act, post=act),
        page("/admin/access", "session", get=show_access, post=change_access),
        page("/admin/access/ask", "session", get=show_question),
        page("/admin/access/roles/{role}", "session", get=show_role),
        page("/admin/access/rules", "session", get=show_rules),
        page("/admin/apps", "session", get=show_clients, post=change_clients),
        page("/admin/apps/add", "session", get=show_new_client, post=add_client),
        page("/admin/apps/change", "session", get=show_changes, post=change_client),
        page("/admin/apps/secret", "session", get=show_other_secret, post=replace_secret),
        page("/admin/apps/remove", "session", get=show_removal, post=remove_client),
        page("/admin/sessions", "session", get=show_sessions, post=end_one),
        page("/admin/keys", "session", get=show_keys, post=change_keys),
        page("/admin/events", "session", get=show_events),
        page(LIVE, "session", get=live_events),
        page("/admin/refusals", "session", get=show_refusals),
        page("/admin/log", "session", get=show_log),
        page("/admin/log/{position}/undo", "session", get=show_undo, post=undo_change),
        page("/admin/tools", "session", get=show_tools),
        page("/admin/search", "session", get=search),
        page("/admin/settings", "session", get=show_settings),
    )
)
