"""The protocol endpoints: each parses, calls one function of a lower room, and renders."""
