"""A person with a browser and a mailbox, for journeys that go through mails."""

import html
import re

import httpx2
from tests.server.conftest import Started


class Browser:
    """A person with a browser and a mailbox."""

    def __init__(self, site: Started) -> None:
        self.site = site
        transport = httpx2.ASGITransport(app=site.auth, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    def get(self, path: str):
        return self.site.run(self.http.get(path))

    def send(self, path: str, values: dict, **options):
        """Open the page, fill its form in, and send it."""
        shown = self.get(path)
        token = re.search(r'name="form_token" value="([^"]+)"', shown.text)
        data = {"form_token": token[1] if token else "", **values}
        return self.site.run(self.http.post(path.partition("?")[0], data=data, **options))

    def mails(self) -> list[str]:
        shown = re.findall(r"<article.*?</article>", self.get("/mailbox").text, re.DOTALL)
        return [html.unescape(text) for text in shown]

    def link(self, number: int = 0) -> str:
        return re.search(r'href="http://127.0.0.1:8000(/\w+\?link=[^"]+)"', self.mails()[number])[1]

    def code(self) -> str:
        return re.search(r"<code[^>]*>(\d{8})</code>", self.mails()[0])[1]
