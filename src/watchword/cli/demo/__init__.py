"""`watchword demo`: the whole flow on one loopback address, with users and notes of its own.

Owns which users and notes there are, what the terminal is told, and the proof that the flow works.
Implements users.md U20 to U25 as ARCHITECTURE section 6 decides them.
Leaves the flow itself to the rooms that serve it; the notes API is an ordinary application.
"""
