"""The admin pages: users, access, applications and the log, as plain forms without script.

Source: users.md U40 to U43; security.md rules 43, 95 and 96.
"""
