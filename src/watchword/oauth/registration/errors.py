"""What is wrong with a client, in the words of whoever brings it.

ClientRefused     .member .problem .fix; each door turns it into its own refusal
"""

__all__ = ["ClientRefused"]


class ClientRefused(Exception):
    """A client record that is not taken.

    Args:
        member: as the record calls it.
        problem: what is wrong, in characters of RFC 6749 section 5.2, without the value.
        fix: what to do, as an imperative sentence without its full stop.
    """

    def __init__(self, member: str, problem: str, *, fix: str) -> None:
        super().__init__(f"{member} {problem}")
        self.member = member
        self.problem = problem
        self.fix = fix
