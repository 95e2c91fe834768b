"""The sealing key's file: one secret beside the database, readable by its owner alone.

Without it a copy of the database signs nothing.

Source: security.md rules 101 and 105; oauth.md K-6.
"""

import os
import stat
from pathlib import Path

from watchword.base import base64url
from watchword.base.chance import Chance
from watchword.base.secrets import Secret
from watchword.keys.errors import SealingKeyInvalid
from watchword.keys.sealing import SealingKey
from watchword.server.errors import ConfigurationError

__all__ = ["make_key_file", "read_key_file"]

RESTORE = "Restore it from the backup that belongs to this database"


def read_key_file(path: Path) -> SealingKey:
    """Return the key.

    Raises:
        ConfigurationError: unreadable, readable by others, or not a key.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except FileNotFoundError:
        raise _refused(path, "does not exist", RESTORE) from None
    except OSError as error:
        raise _refused(path, f"cannot be read: {error.strerror}", "Run as its owner") from None
    except ValueError:
        raise _refused(path, "holds no sealing key", RESTORE) from None
    if stat.S_IMODE(mode) & 0o077:
        raise _refused(path, "can be read by other users", f"Run: chmod 600 {path}")
    try:
        return SealingKey.from_text(Secret(text))
    except SealingKeyInvalid:
        raise _refused(path, "holds no sealing key", RESTORE) from None


def make_key_file(path: Path, chance: Chance) -> SealingKey:
    """Write a fresh key unless the file exists; return the key that stands.

    Two processes that start at once get the same key: the file appears whole or not at all.
    """
    draft = path.with_name(f"{path.name}.{base64url.encode(chance.token_bytes(9))}")
    text = SealingKey.generate(chance).to_text().reveal() + "\n"
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, text.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _appear(draft, path)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        raise _refused(path, problem, "Name a directory that this user may write") from None
    return read_key_file(path)


def _appear(draft: Path, path: Path) -> None:
    """Give the finished file its name, unless another process was first."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _refused(path: Path, problem: str, fix: str) -> ConfigurationError:
    return ConfigurationError("key_file", problem, fix=fix, origin=str(path))
