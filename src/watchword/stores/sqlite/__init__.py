"""SQLite: one file, one writer that commits in groups, readers in the caller's thread.

Owns the connections, their settings, the turns that processes take, the writer's thread.
Implements ARCHITECTURE section 3 and security.md section 3.2 and rule 105.
Leaves what is written to the verbs.
"""
