"""Which passwords are accepted, and the making of ones that people can say.

There is no composition rule, no periodic change and no hint: length, and what a guesser tries
first. That is a published list of common passwords, shapes (repetitions, runs on keyboard and
alphabet, the words that most passwords are made of), and the words of the context.

Source: NIST SP 800-63B-4 section 3.1.1.2; OWASP ASVS 5.0 V6.2; security.md rules 30 to 32.
"""

import string
import unicodedata
from collections.abc import Iterable

from watchword.accounts.errors import PasswordRefused
from watchword.accounts.password_rules import (
    PASSWORD_BYTES_MAX,
    PasswordReason,
    PasswordRules,
)
from watchword.accounts.passwords.commonest import is_common
from watchword.base.chance import Chance
from watchword.base.secrets import Secret

__all__ = ["breaks_rules", "check_password", "new_passphrase"]

DISTINCT_CHARACTERS_MIN = 5
CONTEXT_CHARACTERS_MIN = 4  # shorter words occur in good passphrases by accident
RUN_CHARACTERS_MIN = 4

# A run is a stretch of one of these, forwards or backwards.
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
_RUNS = tuple(row for forwards in _ROWS for row in (forwards, forwards[::-1]))
# The words that most guessed passwords are made of. Alone or together they are no passphrase.
_WORDS = (
    "administrator",
    "baseball",
    "changeme",
    "correcthorsebatterystaple",
    "dragon",
    "football",
    "iloveyou",
    "letmein",
    "login",
    "master",
    "monkey",
    "passphrase",
    "password",
    "princess",
    "qwerty",
    "secret",
    "sunshine",
    "superman",
    "welcome",
    "admin",
    "hello",
    "user",
)
_AROUND = string.digits + string.punctuation + " "
_LOOKALIKES = str.maketrans("@4301$5!7", "aaeoissit")

_CONSONANTS = "bdfghjklmnprstvz"  # 16: four bits each
_VOWELS = "aiou"  # 4: two bits each; without e, which is heard as i
_GROUPS = 5  # of sixteen bits each: 80 bits


def check_password(
    password: Secret, *, context: Iterable[str], rules: PasswordRules = PasswordRules.ALONE
) -> None:
    """Accept a password that somebody wants to have.

    A hash that exists already is not asked: an imported password keeps working, however short.

    Args:
        password: as typed.
        context: words that a guesser knows: the user name, the e-mail address, the name of the
            service.
        rules: whether the account has a second factor that it cannot sign in without.

    Raises:
        PasswordRefused: names every rule that is broken.
    """
    text = password.reveal()
    normal = unicodedata.normalize("NFKC", text)
    reasons: list[PasswordReason] = []
    # The smaller count: neither a ligature nor a letter typed with its marks apart gains length.
    if min(len(text), len(normal)) < rules.characters_min:
        reasons.append(rules.too_short)  # whatever else it is: a longer one is another password
    elif len(text.encode("utf-8", "surrogatepass")) > PASSWORD_BYTES_MAX:
        reasons.append(PasswordReason.TOO_LONG)
    else:  # the shapes are searched in bounded text only
        reasons.extend(_known(normal, context, rules.remainder_min))
    if reasons:
        raise PasswordRefused(tuple(reasons))


def breaks_rules(
    password: Secret, *, context: Iterable[str], rules: PasswordRules = PasswordRules.ALONE
) -> bool:
    """Tell whether somebody who has a password would be refused it today."""
    try:
        check_password(password, context=context, rules=rules)
    except PasswordRefused:
        return True
    return False


def new_passphrase(chance: Chance) -> Secret:
    """Make a passphrase of 80 bits, such as "fozor-mibin-duzag-tahul-vupir"."""
    data = chance.token_bytes(2 * _GROUPS)
    groups = (int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
    return Secret("-".join(_spoken(group) for group in groups))


def _spoken(group: int) -> str:
    """Spell sixteen bits as consonant, vowel, consonant, vowel, consonant."""
    return (
        _CONSONANTS[group >> 12]
        + _VOWELS[group >> 10 & 3]
        + _CONSONANTS[group >> 6 & 15]
        + _VOWELS[group >> 4 & 3]
        + _CONSONANTS[group & 15]
    )


def _known(normal: str, context: Iterable[str], remainder_min: int) -> list[PasswordReason]:
    """Tell whether too little is left when all that a guesser knows is taken away."""
    folded = normal.casefold()
    core = folded.strip(_AROUND)  # digits and signs around a common password are guessed with it
    if is_common(folded) or (len(folded) - len(core) < remainder_min and is_common(core)):
        return [PasswordReason.COMMON]
    unusual = _shortest_period(_without_runs(_without(folded, _WORDS)))
    if len(unusual) < remainder_min or len(set(folded)) < DISTINCT_CHARACTERS_MIN:
        return [PasswordReason.GUESSED]
    left = _without(unusual, _context_words(context))
    # Signs between the words of the context are guessed along with them.
    if left != unusual and sum(map(str.isalnum, left)) < remainder_min:
        return [PasswordReason.CONTEXT]
    return []


def _without(text: str, words: Iterable[str]) -> str:
    """Take the words out, also where digits and signs stand for letters."""
    for word in words:
        plain = text.translate(_LOOKALIKES)
        while (at := plain.find(word)) >= 0:
            text = text[:at] + text[at + len(word) :]
            plain = plain[:at] + plain[at + len(word) :]
    return text


def _without_runs(text: str) -> str:
    kept: list[str] = []
    at = 0
    while at < len(text):
        length = _run_length(text, at)
        if length < RUN_CHARACTERS_MIN:
            kept.append(text[at])
            length = 1
        at += length
    return "".join(kept)


def _run_length(text: str, at: int) -> int:
    """Return how many characters from `at` follow one another in some row."""
    longest = 1
    for row in _RUNS:
        length = 1
        while text[at : at + length + 1] in row and at + length < len(text):
            length += 1
        longest = max(longest, length)
    return longest


def _shortest_period(text: str) -> str:
    """Return the unit that the whole text repeats; the text itself where nothing repeats."""
    # A text is found in its double, both ends cut off, exactly when it is made of repetitions.
    period = (text + text).find(text, 1)
    return text[:period]


def _context_words(context: Iterable[str]) -> list[str]:
    words: set[str] = set()
    for phrase in context:
        folded = unicodedata.normalize("NFKC", phrase).casefold()
        pieces = "".join(c if c.isalnum() else " " for c in folded).split()
        words.update((folded, *pieces))
    long = [word.translate(_LOOKALIKES) for word in words if len(word) >= CONTEXT_CHARACTERS_MIN]
    return sorted(long, key=len, reverse=True)
