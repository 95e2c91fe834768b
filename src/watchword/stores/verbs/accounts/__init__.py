"""Verbs about one account: its addresses, links, passwords, and its end."""
