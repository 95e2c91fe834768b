"""A letter as an Internet message: its headers, a text part and an HTML part.

Every header is made of this server's own words and of addresses that cannot end a line; the
library's policy refuses one that would.

Source: RFC 5322 section 3.6; RFC 2046 section 5.1.4; RFC 3834 section 5 (Auto-Submitted).
"""

from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from watchword.server.mail.letters import Letter, as_html, as_text

__all__ = ["message_of"]

# Seven bits: no mail server on the way has to know more.
_POLICY = policy.SMTP.clone(cte_type="7bit")


def message_of(letter: Letter, *, sender: str, mail_id: str, created_at: int) -> EmailMessage:
    """Return the message.

    Args:
        letter: what it says.
        sender: the address that it comes from.
        mail_id: names the message, so that one which is sent twice is shown once.
        created_at: dates it.
    """
    message = EmailMessage(policy=_POLICY)
    domain = sender.rpartition("@")[2]
    message["From"] = Address(letter.host.partition(":")[0], addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(created_at, UTC))
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.language.tag
    message.set_content(as_text(letter))
    message.add_alternative(as_html(letter), subtype="html")
    return message
