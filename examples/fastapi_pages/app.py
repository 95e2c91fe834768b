"""Pages behind the session of the sign-in page, with the server inside the application.

Run it with `uvicorn app:app`, make a user with `watchword user add`, and open /profile.
"""

from html import escape
from typing import Annotated

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from watchword.fastapi import Auth, User

PAGE = """<!doctype html>
<html lang="en"><title>Your profile</title>
<h1>Hello, {name}</h1>
<form method="post" action="/wave">
<input type="hidden" name="form_token" value="{token}"><button>Wave</button>
</form>
<p><a href="/payout">Payout</a> (asks for a second factor)</p></html>
"""

app = FastAPI(title="Pages")
auth = Auth("sqlite:///pages.db").mount(app)


@app.get("/profile", response_class=HTMLResponse)
def profile(
    user: Annotated[User, auth.session.user], token: Annotated[str, auth.session.form_token]
) -> str:
    """Greet whoever is signed in; anybody else is sent to the sign-in page and back."""
    return PAGE.format(name=escape(user.name), token=escape(token))


@app.post("/wave")
def wave(user: Annotated[User, auth.session.user]) -> dict[str, str]:
    """Do something: the form carries the token that only this application's pages have."""
    return {"waved": user.name}


@app.get("/payout")
def payout(user: Annotated[User, auth.session.require(acr="aal2", max_age="5m")]) -> dict[str, str]:
    """Ask for two factors, the last of them not longer ago than five minutes."""
    return {"for": user.id}


@app.get("/api/me")
def me(user: Annotated[User, auth.user]) -> dict[str, str]:
    """Answer programs, which send an access token and no cookie."""
    return {"sub": user.id}
