"""Reading Wycheproof's JOSE files from where they lie; they are never copied into the project."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
FOLDER = (
    Path(os.environ.get("WATCHWORD_VECTORS", HERE.parents[2].parent / "shared" / "vectors"))
    / "wycheproof"
)


@dataclass(frozen=True, slots=True)
class Vector:
    file: str
    number: int
    comment: str
    jwk: dict[str, Any]
    jws: Any
    is_valid: bool

    def __str__(self) -> str:
        return f"{self.file}-{self.number}-{self.comment}"


def vectors(file: str) -> list[Vector]:
    """Return the JWS vectors of a file; none where the files are absent."""
    path = FOLDER / f"json_web_{file}_test.json"
    if not path.exists():
        return []
    return [
        Vector(
            file,
            test["tcId"],
            test["comment"],
            group.get("public") or group["private"],
            test["jws"],
            test["result"] == "valid",
        )
        for group in json.loads(path.read_text())["testGroups"]
        for test in group["tests"]
        if "jws" in test
    ]


@dataclass(frozen=True, slots=True)
class EncryptionVector:
    file: str
    number: int
    comment: str
    jwk: dict[str, Any]
    jwe: Any
    enc: str | None
    plaintext: str | None
    is_valid: bool

    def __str__(self) -> str:
        return f"{self.file}-{self.number}-{self.comment}"


def encryption_vectors(file: str) -> list[EncryptionVector]:
    """Return the JWE vectors of a file; none where the files are absent."""
    path = FOLDER / f"json_web_{file}_test.json"
    if not path.exists():
        return []
    return [
        EncryptionVector(
            file,
            test["tcId"],
            test["comment"],
            group["private"],
            test["jwe"],
            test.get("enc"),
            test.get("pt"),
            test["result"] == "valid",
        )
        for group in json.loads(path.read_text())["testGroups"]
        for test in group["tests"]
        if "jwe" in test
    ]
