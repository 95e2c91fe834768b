"""The management API; FastAPI is imported by the first request that needs it.

Source: ARCHITECTURE section 2; security.md rules 95 and 96.
"""
