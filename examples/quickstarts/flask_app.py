from flask import Flask

from watchword.flask import Auth

app = Flask(__name__)
auth = Auth("sqlite:///app.db").mount(app)


@app.get("/notes")
@auth.required("notes:read")
def notes():
    return {"owner": auth.user.name}
