"""watchword: from a password to a protected API, and why."""
