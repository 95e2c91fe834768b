"""The demo's start page: one login followed through its four steps, with real tokens and calls.

Owns the explanations, the example calls and how their answers are shown.
Implements issue 2 (7) and users.md U22, U44 as far as a token is shown, and U90.
The door: `routes.start_routes(StartPage(users, notes), auth)`.
Leaves the page frame to `server.pages`, the flow itself to the rooms that serve it.
"""
