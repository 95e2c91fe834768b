"""Starlette: the whole server inside an application, or a guard for one elsewhere.

    auth = Auth("sqlite:///app.db")

    @auth.required
    async def notes(request):
        return JSONResponse({"owner": request.user.name})

    app = Starlette(routes=[Route("/notes", notes)])
    auth.mount(app)

Names are imported when first used: `Guard` needs Starlette, `Auth` the extra `server` too.

Source: users.md section 5.
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.guards.starlette import Guard, Subject, User
    from watchword.starlette.auth import Auth

__all__ = ["Auth", "Guard", "Subject", "User"]

_HOMES = {
    "guards.starlette": ("Guard", "Subject", "User"),
    "starlette.auth": ("Auth",),
}

__getattr__, __dir__ = lazy_names(__name__, __all__, _HOMES)
