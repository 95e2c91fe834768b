"""Accounts that come from another system: its export, read line by line.

A container (`containers.py`) cuts bytes into rows, a reader (`readers.py`) makes a candidate of
each, `plan.py` decides what becomes of it, and `run.py` adds them in batches and counts. Nothing
here opens a file, and no clear password is kept.

Source: users.md U110 to U112.
"""
