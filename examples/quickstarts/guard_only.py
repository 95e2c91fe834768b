from typing import Annotated

from fastapi import FastAPI

from watchword.fastapi import Guard, User

app = FastAPI()
auth = Guard("https://id.example.com", audience="notes").install(app)  # any issuer


@app.get("/notes")
def notes(user: Annotated[User, auth.user]):
    return {"owner": user.name}
