"""The Model Context Protocol's SDK: verify the tokens of an issuer in a server of its own.

Source: oauth.md section 11.
"""

from watchword.guards.mcp import TokenVerifier

__all__ = ["TokenVerifier"]
