"""Pieces of exports, with hashes that the systems themselves made."""

import json
from pathlib import Path

__all__ = ["BCRYPT", "DJANGO", "FIREBASE", "KEYCLOAK", "PROJECT"]

VECTORS = Path(__file__).parents[2] / "vectors" / "password_hashes"
BCRYPT = "$2b$05$wrJW3zS2oMTkS.bY/tVq2.uSD71GSu8vG8iCSV7MhLGludXkfnrpm"
DJANGO = "pbkdf2_sha256$26000$VyFoMdnxEpL8ylEVwVwyVv$0ZEsOXkyIC0tTYI6XWvCO6B1Iz+BZZODx8wgM4yY+OI="
KEYCLOAK = json.loads(
    next(
        each["text"]
        for each in json.loads((VECTORS / "published.json").read_text("utf-8"))
        if each["source"] == "a published database of Keycloak"
    )
)
PROJECT = {
    "base64_signer_key": "jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0Qs"
    "EmYUSDzZvpjeJ9WmXA==",
    "base64_salt_separator": "Bw==",
    "rounds": 8,
    "mem_cost": 14,
}
FIREBASE = {
    "localId": "x",
    "email": "ada@example.org",
    "emailVerified": True,
    "passwordHash": "lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo7"
    "8198JAdRuid5lQ==",
    "salt": "42xEC-ixf3L2lw==",
    "createdAt": "1508893925000",
}
