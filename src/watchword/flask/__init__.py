"""Flask: the whole server inside an application, or a guard for one elsewhere.

    app = Flask(__name__)
    auth = Auth("sqlite:///app.db").mount(app)

    @app.get("/notes")
    @auth.required("notes:read")
    def notes():
        return {"owner": auth.user.name}

Names are imported when first used: `Guard` needs Flask, `Auth` the extra `server` too.

Source: users.md section 5, U9.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.flask.auth import Auth
    from watchword.guards.flask import Guard, Subject, User

__all__ = ["Auth", "Guard", "Subject", "User"]

_HOMES = {
    "flask.auth": ("Auth",),
    "guards.flask": ("Guard", "Subject", "User"),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
