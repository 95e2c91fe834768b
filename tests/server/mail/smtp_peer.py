"""A mail server on loopback that takes mails, or behaves as badly as it is told.

It speaks over real sockets, in threads: what is tested is the client's side of SMTP.
"""

import base64
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

USER, PASSWORD = "watchword", "open sesame"  # of a server that lives for one test


@dataclass
class Behaviour:
    """What the peer answers. An empty answer hangs up; one of None says nothing for ever."""

    answers: dict[str, bytes | None] = field(default_factory=dict)  # by step: MAIL, RCPT, END, ...
    tls: str = "none"
    offers_starttls: bool = True
    wants_auth: bool = False


class Peer:
    """A mail server with a memory."""

    def __init__(self, behaviour: Behaviour, certificate: Path | None) -> None:
        self.behaviour = behaviour
        self.mails: list[tuple[str, list[str], EmailMessage]] = []
        self.commands: list[str] = []
        self.was_encrypted: list[bool] = []
        self._certificate = certificate
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._is_closing = threading.Event()
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._is_closing.set()
        for one in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(60)

    def _accept(self) -> None:
        while not self._is_closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ConnectionError, EOFError):
            if self.behaviour.tls == "implicit":
                connection = self._wrapped(connection)
            talk = _Talk(self, connection)
            try:
                talk.run()
            finally:
                talk.lines.close()
                talk.connection.close()
        with contextlib.suppress(OSError):
            connection.close()

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self._certificate is not None
        context.load_cert_chain(self._certificate)
        wrapped = context.wrap_socket(connection, server_side=True)
        self._open.append(wrapped)
        return wrapped


class _Talk:
    def __init__(self, peer: Peer, connection: socket.socket) -> None:
        self.peer = peer
        self.connection = connection
        self.lines = connection.makefile("rb")
        self.sender = ""
        self.recipients: list[str] = []

    def run(self) -> None:
        self.say("CONNECT", b"220 peer.example ready")
        while line := self.lines.readline(4096):
            text = line.decode("ascii").rstrip("\r\n")
            self.peer.commands.append(text)
            verb = text.partition(" ")[0].upper()
            if verb == "QUIT":
                self.say("QUIT", b"221 bye")
                return
            getattr(self, f"on_{verb.lower()}")(text)

    def say(self, step: str, otherwise: bytes) -> bool:
        answer = self.peer.behaviour.answers.get(step, otherwise)
        if answer is None:
            self.peer._is_closing.wait(60)
            raise EOFError
        if not answer:
            raise EOFError
        self.connection.sendall(answer + b"\r\n")
        return answer is otherwise

    def on_ehlo(self, _text: str) -> None:
        behaviour = self.peer.behaviour
        offers = ["peer.example", "8BITMIME"]
        is_tls = isinstance(self.connection, ssl.SSLSocket)
        if behaviour.tls == "starttls" and behaviour.offers_starttls and not is_tls:
            offers.append("STARTTLS")
        if behaviour.wants_auth:
            offers.append("AUTH PLAIN")
        body = b"\r\n".join(b"250-" + offer.encode() for offer in offers[:-1])
        self.say("EHLO", body + (b"\r\n" if body else b"") + b"250 " + offers[-1].encode())

    def on_helo(self, _text: str) -> None:
        self.say("HELO", b"502 what")

    def on_starttls(self, _text: str) -> None:
        if self.say("STARTTLS", b"220 go on"):
            self.lines.close()
            self.connection = self.peer._wrapped(self.connection)
            self.lines = self.connection.makefile("rb")

    def on_auth(self, text: str) -> None:
        _, name, password = base64.b64decode(text.rsplit(maxsplit=1)[-1]).decode().split("\0")
        self.peer.commands[-1] = f"AUTH {name}"
        is_right = (name, password) == (USER, PASSWORD)
        self.say("AUTH", b"235 welcome" if is_right else b"535 5.7.8 wrong")

    def on_mail(self, text: str) -> None:
        self.sender = text[text.index("<") + 1 : text.index(">")]
        self.say("MAIL", b"250 ok")

    def on_rcpt(self, text: str) -> None:
        self.recipients.append(text[text.index("<") + 1 : text.index(">")])
        self.say("RCPT", b"250 ok")

    def on_rset(self, _text: str) -> None:
        self.say("RSET", b"250 ok")

    def on_data(self, _text: str) -> None:
        if not self.say("DATA", b"354 go on"):
            return
        body = bytearray()
        while (line := self.lines.readline(65_536)) not in {b".\r\n", b""}:
            body += line.removeprefix(b".")
        if self.say("END", b"250 taken"):
            message = message_from_bytes(bytes(body), policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.peer.was_encrypted.append(isinstance(self.connection, ssl.SSLSocket))
            self.peer.mails.append((self.sender, self.recipients, message))


@contextlib.contextmanager
def smtp_peer(certificate: Path | None = None, **behaviour: object) -> Iterator[Peer]:
    """Run a peer. Arguments are those of `Behaviour`."""
    peer = Peer(Behaviour(**behaviour), certificate)  # type: ignore[arg-type]  # named by tests
    try:
        yield peer
    finally:
        peer.close()


def make_certificate(folder: Path, host: str = "localhost") -> Path:
    """Write a certificate with its key, signed by itself, for one name and for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)  # TLS reads the real clock
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    if host == "localhost":
        names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
