"""The pages on the way in: sign-in, second factor, sign-up, set-up, and a new password.

Owns the forms; passwords are compared in `accounts`. A page knows by its way back whether an
application waits behind it, and shows which.
"""
