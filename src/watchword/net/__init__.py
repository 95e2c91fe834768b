"""The only room that opens a socket: one fetcher for everything outgoing, and remote key sets.

Owns where a request may go, how long it may take and how much it may bring; when a foreign key set
is fetched, by whom, and who waits. Implements security.md rule 102 and section 3.4, tokens.md 6.6.
Leaves what a key is to `jose`, the decisions of the key cache to `keys.remote`, which are pure.
"""
