"""Notes for agents: a FastMCP server that belongs to whoever calls it."""

import os

from fastmcp import FastMCP

from watchword.fastmcp import Guard, User, current_user

ISSUER = os.environ.get("ISSUER", "http://127.0.0.1:8000")
URL = os.environ.get("URL", "http://127.0.0.1:9000")

auth = Guard(ISSUER, url=URL, scopes=["notes:read"], name="Notes")
mcp = FastMCP("Notes", auth=auth)
kept: dict[str, list[str]] = {}


@mcp.tool
def list_notes(user: User = current_user) -> list[str]:
    """List the notes of whoever asks."""
    return kept.get(user.id, [])


@mcp.tool(auth=auth.require("notes:write"))
def add_note(text: str, user: User = current_user) -> list[str]:
    """Add a note; a client that may only read is told to ask its user for more."""
    kept.setdefault(user.id, []).append(text)
    return kept[user.id]


app = mcp.http_app()
