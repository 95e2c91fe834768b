from typing import Annotated

from fastapi import FastAPI

from watchword.fastapi import Auth, User

app = FastAPI()
auth = Auth("sqlite:///app.db").mount(app)  # tables, signing key, /auth/login, refresh, pages, JWKS


@app.get("/notes")
def notes(user: Annotated[User, auth.user]):  # 401 with a reason
    return {"owner": user.name}


OWNERS = {7: "..."}  # roles and ownership, when wanted


def note_owner(id: int) -> str:  # an ordinary dependency; returns a user id, never a name
    return OWNERS[id]


@app.delete("/notes/{id}")
def drop(id: int, user: Annotated[User, auth.require("notes:delete", owner=note_owner)]):
    return {"deleted": id}  # 403 explains
