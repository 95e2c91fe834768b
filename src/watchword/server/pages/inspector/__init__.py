"""The token inspector: a pasted token in parts, with its times, its rules and its verdict.

Owns the page and what it explains; verification is `jose`'s. The script beside it (`static/
inspector`) says the same in the browser, and a test holds the two together.
"""
