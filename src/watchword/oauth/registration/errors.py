"""What is wrong with a client, in the words of whoever brings it.

ClientRefused     .member .problem .fix .value; each door turns it into its own refusal
"""

__all__ = ["ClientRefused"]


class ClientRefused(Exception):
    """A client record that is not taken.

    Args:
        member: as the record calls it.
        problem: what is wrong, in characters of RFC 6749 section 5.2, without the value.
        fix: what to do, as an imperative sentence without its full stop.
        value: the entry that is meant, for whoever wrote it and for no peer; "" where it is clear.
    """

    def __init__(self, member: str, problem: str, *, fix: str, value: str = "") -> None:
        super().__init__(f"{member} {problem}")
        self.member = member
        self.problem = problem
        self.fix = fix
        self.value = value
