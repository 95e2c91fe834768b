"""What each setting means, in sentences for operators; the reference page is made from them.

Defaults and limits stand in `settings.py` and are not repeated here. A test fails for a setting
without a meaning, and for a number without its unit.

Source: users.md U26 and U65.
"""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["MEANINGS"]

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "url": "The public URL: what people type, where links lead, and the beginning of the "
        "issuer. An https URL, or http on loopback, without a slash at the end. Unset, the server "
        "answers on loopback only and makes it of `host` and `port`.",
        "mount_path": "The path at which an application mounts the server, such as `/auth`. It "
        "follows the URL in the issuer: a slash first, none last, segments of letters, digits, "
        "`-` and `_`.",
        "resources": "The APIs that tokens are for, as tables of the file: "
        '`[resources."https://api.example/notes"]` names an audience, and each of its lines a '
        'scope with the text that people read: `"notes:read" = "Read notes"`. An application may '
        "declare them in code instead.",
        "resource_secret_files": "The secrets with which APIs introspect tokens and follow the "
        "revocation feed: a table `[resource_secret_files]` of the file, whose lines name an API "
        'and a file that nobody else may read: `"https://api.example/notes" = '
        '"/etc/watchword/notes.secret"`. Only the hash is kept.',
        "opaque_resources": "The APIs, as they stand in `resources`, whose access tokens are "
        "random texts that they introspect. The others get JWTs.",
        "database": "The address of the store: `sqlite:///FILE` (four slashes before an absolute "
        "path) or `postgresql://USER:PASSWORD@HOST/NAME`. It may hold a password; it is masked "
        "where it is shown.",
        "host": "The address that `watchword serve` listens on, such as `127.0.0.1`, `::1` or "
        "`0.0.0.0`. One that other machines reach needs `url`.",
        "port": "The TCP port that `watchword serve` listens on. Without `url` "
        "it is part of the issuer and of every link, so set it, or `url`, also where another "
        "program listens: `uvicorn --port 8301` tells the server nothing.",
        "proxies": "The reverse proxies before the server, as addresses or networks: a list in the "
        "file, separated by commas in a variable. Where one of them is the peer, `X-Forwarded-For` "
        "says where a person comes from, which sessions and their history show; from anybody else "
        "it is not read. It never changes the public URL.",
        "key_file": "The file with the key that seals the signing keys in the database. Made at "
        "the first start, readable by its owner alone. Unset, it stands beside a SQLite database "
        "with the ending `.key`, and is `watchword.key` here for PostgreSQL.",
        "passkey_domain": "The domain that passkeys are made for, where it is not the host of the "
        "URL but one above it, such as `example.com` for `https://id.example.com`. Passkeys of "
        "another domain work no more, so choose it once. On loopback it is `localhost`.",
        "passkey_origins": "Further pages and apps that may ask for passkeys, such as "
        "`https://app.example.com` of a first-party application: a list in the file, separated by "
        "commas in a variable. Each is an https origin at the domain or below it, or the name of "
        "an Android app (`android:apk-key-hash:...`). The pages of the server need not be listed.",
        "signing_alg": "The algorithm that signs access tokens, and the ID tokens of clients that "
        "ask for no other.",
        "key_active_seconds": "Seconds, or a duration such as `90d`, for which a signing key "
        "signs; then the next one takes its place.",
        "key_announce_seconds": "Seconds, or a duration, for which a signing key is published "
        "before it signs, so that every guard has it by then.",
        "key_keep_seconds": "Seconds, or a duration, for which a signing key is still published "
        "when it signs no more.",
        "access_lifetime_seconds": "Seconds until an access token expires, or a duration such as "
        "`5m`. A guard without the database believes a token for so long.",
        "session_idle_seconds": "Seconds, or a duration such as `14d`, that a browser's sign-in "
        "outlives its last use.",
        "session_lifetime_seconds": "Seconds, or a duration, until a browser's sign-in ends "
        "however much it is used.",
        "refresh_idle_seconds": "Seconds, or a duration such as `30d`, that a login of the API "
        "outlives its last refresh.",
        "refresh_lifetime_seconds": "Seconds, or a duration, until a login of the API ends however "
        "often it is refreshed; a year at most.",
        "header_seconds": "Seconds from the first moment of a request to the end of its headers; "
        "then the connection is closed.",
        "body_seconds": "Seconds for a whole request body; the largest that any address takes is "
        "64 KiB.",
        "send_seconds": "Seconds that a peer may leave an answer unread before it counts as gone.",
        "request_seconds": "Seconds for everything else about one request; then it is answered "
        "503.",
        "keep_alive_seconds": "Seconds of silence between two requests of one connection.",
        "drain_seconds": "Seconds that open requests get to finish when the server stops.",
        "header_bytes_max": "Bytes of all headers of one request; more are answered 431.",
        "connections_max": "Connections that one process holds open; more are answered 503.",
        "connections_per_address_max": "Connections of one peer address; more are answered 503. A "
        "reverse proxy is one address.",
        "hash_threads": "Threads that hash passwords, each with 19 MiB at work; 0 takes one for "
        "each usable core.",
        "hash_queue_max": "Passwords that may wait to be hashed, about 20 ms of one thread each; "
        "more are answered 503 with `Retry-After`.",
        "argon2_memory_kib": "KiB of memory for one password hash. With the passes it is at or "
        "above one of OWASP's rows; `watchword hash calibrate` measures what this machine takes. "
        "Hashes of another cost are replaced at the next login.",
        "argon2_time_cost": "Passes over that memory, a number of them.",
        "argon2_lanes": "Lanes of that memory, a number of them; more make one hash faster only "
        "where cores are idle.",
        "pepper_file": "A file with secrets that go into password hashes, kept apart from the "
        "database: lines of 32 random bytes in base64url, the one for hashes to be made first, "
        "and below it those of hashes that exist. Without the file of its hashes nobody can sign "
        "in, so keep a copy. Unset, there is none.",
        "breached_passwords_url": "The address of a service for stolen passwords with the range "
        "interface of Have I Been Pwned, an https URL that ends with a slash. It is told five "
        "digits of a hash when a password is chosen. Unset, nobody is asked.",
        "geo_file": "A database of places in MaxMind's format (`.mmdb`), of cities or countries; "
        "the pages of an account then tell the place beside an address. It needs the extra `geo`. "
        "Replace it by renaming another file over it, and restart. Unset, no place is told.",
        "require_second_factor": "Whether every account needs a second factor. Whoever has none "
        "is led to add one before anything else: by the pages after the password, and by the "
        "login API with `redirect_to_web`. Browsers that are signed in already are asked as well; "
        "applications that are go on until their refresh tokens end.",
        "register": "Whether strangers may make themselves an account: `true` or `false`. It needs "
        "mail, since an account begins with an address that its owner can read.",
        "authorization_pages": "Whether browsers are sent here for authorization codes: `true` or "
        "`false`. Without it `/authorize` and its pages are not there, nor in the metadata; the "
        "login API goes on.",
        "device_authorization": "Whether devices without a keyboard may be let in by a code that "
        "their person types at `/device`: `true` or `false`. Only clients that are registered for "
        "it can ask.",
        "admin_pages": "Whether administrators and auditors find their pages at `/admin`: `true` "
        "or `false`. To everybody else there is nothing at these addresses.",
        "admin_proof_seconds": "Seconds, or a duration, that a proof of who they are lets an "
        "administrator change something, on the admin pages and through the management API. Then "
        "the pages ask once more, and the API answers 401 with what to log in with.",
        "admin_second_factor": "Whether administrators change something only after a second "
        "factor: `true` or `false`. Without it this is asked of those whose account has one.",
        "management_api": "Whether users, roles, shares and applications are administered through "
        "`/admin/api/v1`: `true` or `false`. Its tokens are asked for by the scopes `admin:read` "
        "and `admin:write`, and its rules let administrators and auditors in.",
        "client_registration": "Whether programs may register themselves as clients (RFC 7591): "
        "`off`, `token` for those that show a token of `watchword app invite`, or `open` for "
        "everybody. Clients that nobody logs in to are removed after a day.",
        "client_documents": "Whether a client may be an address at which it says what it is "
        "(draft-ietf-oauth-client-id-metadata-document-02): `off`, `listed` for those of "
        "`client_document_hosts`, or `open` for everybody's. The server fetches the address.",
        "client_document_hosts": "The hosts whose documents are fetched, such as `claude.ai`: a "
        "list in the file, separated by commas in a variable. A port other than 443 is part of it.",
        "client_documents_on_loopback": "Whether documents may be on this machine, by http: `true` "
        "or `false`. For development, on loopback alone.",
        "smtp_host": "The mail server that takes the mails. Unset, no mail is sent: on loopback "
        "they are shown at `/mailbox` instead, and elsewhere whatever needs one is switched off.",
        "smtp_port": "The TCP port of the mail server; 0 means 587, 465 with `implicit`, and 25 "
        "with `none`.",
        "smtp_tls": "How the connection to the mail server is protected: `starttls`, `implicit`, "
        "or `none`, which is accepted for a mail server on loopback only.",
        "smtp_user": "The name for the mail server. It goes with `smtp_password`.",
        "smtp_password": "The password for the mail server. It is masked where it is shown, and "
        "`WATCHWORD_SMTP_PASSWORD_FILE` names a file to read it from.",
        "mail_from": "The address that mails come from, such as `id@example.com`. It goes with "
        "`smtp_host`.",
        "brand_name": "What the pages call the server, in one line of at most 40 characters.",
        "brand_accent": "The colour of buttons and links, such as `#0c6a5b`. A second one, as in "
        "`#0c6a5b #67d3bd`, is for dark pages; without it one is derived. Colours that stand less "
        "than 4.5:1 apart from what is under them are refused with the measured ratio.",
        "brand_background": "The colour behind everything: one for light pages, and perhaps a "
        "second one for dark pages.",
        "brand_text": "The colour of text: one for light pages, and perhaps a second one for dark "
        "pages.",
        "brand_radius": "How round corners are, such as `8px` or `0.5rem`; at most `32px` or "
        "`2rem`.",
        "brand_font": "The fonts of the pages as in CSS, such as `Inter, Arial`. They are those "
        "that people have: no page loads a font.",
        "brand_logo": "The file of a logo that stands beside the name, an SVG or PNG of at most "
        "16,384 bytes. It is read at the start.",
    }
)
