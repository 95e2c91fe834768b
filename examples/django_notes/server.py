"""The server that logs people in, told which API its tokens are for."""

from watchword.server.app import AuthServer
from watchword.server.settings_sources import load_settings

app = AuthServer(load_settings().settings)
app.resource(
    "http://127.0.0.1:8001",
    scopes={
        "notes:read": "Read the notes that you may see",
        "notes:write": "Write, change and delete notes",
    },
)
