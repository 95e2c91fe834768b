"""What administrators decide about users, as data: roles, inheritance, shares, suspensions.

Every change names who makes it and why, and leaves an entry in the audit log.

Source: access.md P8; security.md rules 95, 96 and 100.
"""
