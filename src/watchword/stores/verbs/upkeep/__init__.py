"""Verbs that no request asks for: keys, tenants, traces, the sweep."""
