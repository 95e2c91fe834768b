"""Migrations of the server's tables, as Django counts them: one for each revision."""
