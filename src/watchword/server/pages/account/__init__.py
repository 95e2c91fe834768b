"""The pages on which a person looks after their account.

Owns what is shown and asked there; what may be done, and what it does, stands in `accounts` and the
store. Every page needs the browser's session; what could hurt needs a fresh proof as well. One file
a page; `frame` holds what they have in common.
"""
