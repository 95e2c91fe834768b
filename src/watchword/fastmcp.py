"""FastMCP: guard an MCP server with the tokens of an issuer.

Source: oauth.md section 11.
"""

from watchword.guards.fastmcp import Guard, User, current_user

__all__ = ["Guard", "User", "current_user"]
