"""Text that came from elsewhere, on its way into a log.

Whose handlers and formats a log has is the application's affair, so a line has to be one line
before it gets there.

Source: OWASP ASVS 5.0 V16.4.1.
"""

__all__ = ["one_line"]

LINE_CHARACTERS_MAX = 2_048


def one_line(text: str) -> str:
    """Return the text as printable ASCII: everything else is escaped, and what is long is cut."""
    return "".join(
        character
        if character.isascii() and character.isprintable()
        else character.encode("unicode_escape").decode("ascii")
        for character in text[:LINE_CHARACTERS_MAX]
    )
