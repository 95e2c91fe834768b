"""What a person sees: home, sign-in, set-up by a one-time link, the token inspector, errors.

Owns templates, stylesheet, the headers of HTML answers, and what a form must prove.
Implements users.md section 7 (U28, U30, U34 to U37, U44) and 12 (U90 to U93); security.md rules
38, 39, 47, 48, 53 and 77. Pages work without JavaScript, and ask no other host for anything.
Leaves the comparison of passwords to `accounts`, the routes to `server.routes`.

`signing_in`, `authorizing`, `account` and `inspector` hold the pages, one file a page; the files
beside them are what every page stands on: its frame, its visitor, its forms, its files.
"""
