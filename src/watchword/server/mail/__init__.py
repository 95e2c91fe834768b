"""Mail: from the outbox to a mail server, or to a page in development.

Owns what mails say and look like, the way to the mail server, and the worker that takes one to the
other. What waits in the outbox, and that nothing is lost there, is `accounts.mail` and the stores'.

Source: users.md U95; RFC 5321; RFC 5322; RFC 3207; RFC 8314.
"""
