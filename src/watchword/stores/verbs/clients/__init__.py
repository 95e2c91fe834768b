"""Verbs about clients and resources: registered, changed, found by their documents."""
