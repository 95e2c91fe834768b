"""Starlette: guard an application with the tokens of an issuer.

    auth = Guard("https://id.example.com", audience="notes")

    @auth.required
    async def notes(request):
        return JSONResponse({"owner": request.user.name})

    app = Starlette(routes=[Route("/notes", notes)])
    auth.install(app)

Source: users.md section 5 (guard only).
"""

from watchword.base.lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from watchword.guards.starlette import Guard, Subject, User

__all__ = ["Guard", "Subject", "User"]

__getattr__, __dir__ = lazy_names(
    __name__, __all__, {"guards.starlette": ("Guard", "Subject", "User")}
)
