"""What the store answers, one file for each protocol of the rooms below.

Each method names a verb and hands over its arguments; what the verb does stands in `verbs/`.
"""
