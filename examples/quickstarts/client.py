import os

import httpx2

from watchword.client import Login

issuer = os.environ.get("ISSUER", "https://id.example.com")
api = os.environ.get("API", "https://api.example.com")
password = os.environ["PASSWORD"]

# Logs in, refreshes, and retries once on 401.
answer = httpx2.get(f"{api}/notes", auth=Login(issuer, "alice", password))
print(answer.text)
