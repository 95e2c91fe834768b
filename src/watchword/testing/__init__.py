"""What applications put into their own tests.

Owns the laws of a policy: generated subjects and rows on which every reading of every rule must
agree (access.md section 9). Runs statements only on an engine or connection that it is handed.
Leaves servers, clocks and test runners to the tests themselves.
"""

from watchword.testing.laws import LawBroken, Report, laws

__all__ = ["LawBroken", "Report", "laws"]
