"""Exports: what a policy says, written for programs and for people.

Owns the declarative JSON form and its reading, the matrix and the document with it, the Cedar text
with what Cedar is told of a request, and the table of forms. Implements access.md section 4
(`export`, `load`), section 6 (4) and section 9 (T4); ASVS 5.0 8.1.1. Leaves files and commands to
`cli`.
"""
