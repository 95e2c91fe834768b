"""Verbs about what tokens hang on: codes, families, rotation, revocation."""
