"""Who may administer what, and what becomes of it: for the management API and the admin pages.

The policy is imported by the first request that asks it, with the mapper that it needs.

Source: security.md rules 95, 96 and 100; access.md P8.
"""
