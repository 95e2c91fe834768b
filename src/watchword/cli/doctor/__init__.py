"""`watchword doctor`: what is wrong with a deployment, ours or another's, and the fix for each.

Owns the table of rules, the looks from outside and into the database, and the report. Implements
oauth.md section 17 over the rules of its sections 10, 11 and 13. Leaves fetching to `net`.
"""
