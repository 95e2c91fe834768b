"""JSON from outside, read strictly.

The readers at hand disagree about duplicate members, NaN, other encodings and depth, and two
readers that disagree are an attack. This one refuses whatever has more than one reading.

Source: RFC 8259; RFC 7493 section 2; RFC 7515 section 4; RFC 8725 section 3.7; tokens.md J-18.
"""

import json
import math
import re

from watchword.base.limits import JSON_DEPTH_MAX

__all__ = ["MalformedJSON", "loads"]

# A string (closed or not, so that the scan never goes back), or a bracket outside of one.
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_BOM = b"\xef\xbb\xbf"


class MalformedJSON(ValueError):
    """The bytes are not strict JSON. The text names the fault and never quotes the input."""


def loads(data: bytes, *, bytes_max: int, depth_max: int = JSON_DEPTH_MAX) -> object:
    """Read one JSON text.

    Args:
        data: UTF-8 without a byte order mark.
        bytes_max: the largest accepted length of `data`.
        depth_max: how many brackets may stand open at once.

    Raises:
        MalformedJSON: too large, too deep, not UTF-8, not JSON, a member named twice, a number
            that is not finite, a lone surrogate, or anything after the value.
    """
    if len(data) > bytes_max:
        raise MalformedJSON(f"JSON is larger than {bytes_max} bytes")
    if data.startswith(_BOM):
        raise MalformedJSON("JSON starts with a byte order mark")
    if data.count(b"[") + data.count(b"{") > depth_max and _depth(data) > depth_max:
        raise MalformedJSON(f"JSON is nested deeper than {depth_max}")
    value, fault = _read(data)
    # Raised outside the handler: the library's exception holds the whole document.
    if fault:
        raise MalformedJSON(fault)
    return value


def _read(data: bytes) -> tuple[object, str]:
    """Return the value and "", or None and the fault."""
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_members,
            parse_float=_finite,
            parse_constant=_refuse_constant,
        )
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except MalformedJSON as error:
        return None, str(error)
    except UnicodeDecodeError:
        return None, "JSON is not UTF-8"
    except UnicodeEncodeError:
        return None, "JSON holds half of a surrogate pair"
    except json.JSONDecodeError as error:
        return None, f"not JSON: the fault is at character {error.pos}"
    except ValueError:
        return None, "JSON holds an integer of too many digits"
    return value, ""


def _depth(data: bytes) -> int:
    deepest = depth = 0
    for match in _STRING_OR_BRACKET.finditer(data):
        token = match.group()
        if token in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in b"]}":
            depth -= 1
    return deepest


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJSON("JSON names a member twice")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedJSON("JSON holds a number too large for a double")
    return number


def _refuse_constant(_name: str) -> object:
    raise MalformedJSON("JSON holds NaN or Infinity")
