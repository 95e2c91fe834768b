"""Engines: what answers whether a subject may, which rows, and why.

Owns the protocol that every engine keeps, the engine over our own policy, the one over policies in
the Cedar language (extra `cedar`), and the one over a decision point elsewhere (extra `client`);
those two are imported by name. Implements access.md sections 2 and 14 (5).
Leaves loading, HTTP answers and headers to the guards, which take an engine's `policy`.
"""

from watchword.guards.engines.engine import Engine, PolicyEngine

__all__ = ["Engine", "PolicyEngine"]
