"""Telling of a night by mail or webhook. A message that cannot be delivered never fails the night."""

import http.client
import json
import smtplib
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from email.message import EmailMessage

from fixative.findings import BadBatch
from fixative.nightly.options import Mail, Notify, Webhook, from_environment
from fixative.nightly.record import Night


def wanted(notify: Notify, night: Night, *, changed: bool) -> bool:
    """Whether a night is to be told of."""
    if night.exit_status != 0 and notify.when != "changes":
        return True
    return notify.when == "always" or (notify.when == "changes" and changed)


def send(notify: Notify, night: Night, lines: Sequence[str], *, report: str = "") -> tuple[str, ...]:
    """Send the summary; give what was sent, or why it could not be, a line for each.

    Parameters
    ----------
    lines
        The summary, without the line that names the report.
    report
        That line: for mail alone, which goes to the operator; a webhook may end anywhere.
    """
    told = []
    if notify.mail is not None:
        mail = notify.mail
        told.append(
            _tried("mail", lambda: _mail(mail, night, [*lines, *([report] if report else [])], notify.timeout_s))
        )
    if notify.webhook is not None:
        hook = notify.webhook
        told.append(_tried("webhook", lambda: _post(hook, night, lines, notify.timeout_s)))
    return tuple(told)


def _tried(name: str, action: Callable[[], None]) -> str:
    """Do it; what goes wrong is told in words that hold no address and no credential."""
    try:
        action()
    except BadBatch as problem:
        return f"{name} not sent: {problem}"
    except urllib.error.HTTPError as error:
        return f"{name} not sent: the server answered {error.code}"
    except smtplib.SMTPResponseException as error:
        return f"{name} not sent: the server answered {error.smtp_code}"
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "strerror", None) or getattr(getattr(error, "reason", None), "strerror", None)
        return f"{name} not sent: {reason or type(error).__name__}"
    return f"{name} sent"


def subject(night: Night) -> str:
    """Say it in one line: ``Fixative: 12 sealed, 2 not (exit status 1)``."""
    waiting = len(night.failing) + len(night.awaiting)
    bad = f", {len(night.audit.bad)} not good in the archive" if night.audit and night.audit.bad else ""
    return f"Fixative: {len(night.sealed)} sealed, {waiting} not{bad} (exit status {night.exit_status})"


def _mail(mail: Mail, night: Night, lines: Sequence[str], timeout_s: float) -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject(night), mail.sender, ", ".join(mail.to)
    message.set_content("\n".join(lines) + "\n")
    with smtplib.SMTP(mail.host, mail.port, timeout=timeout_s) as server:
        if mail.starttls:
            import ssl

            server.starttls(context=ssl.create_default_context())
        if mail.user is not None:
            server.login(mail.user, from_environment(mail.password_env) if mail.password_env else "")
        server.send_message(message)


def _post(hook: Webhook, night: Night, lines: Sequence[str], timeout_s: float) -> None:
    url = hook.url or from_environment(hook.url_env or "")
    if not url.startswith(("http://", "https://")):
        raise BadBatch("its address is neither http nor https")
    text = "\n".join(lines)
    body: dict[str, object] = {
        "text": text,
        "night": night.started,
        "exit_status": night.exit_status,
        "sealed": len(night.sealed),
        "failing": len(night.failing),
        "awaiting": len(night.awaiting),
        "damaged": len(night.audit.bad) if night.audit else None,
    }
    data = text.encode() if hook.format == "text" else json.dumps(body).encode()
    kind = "text/plain; charset=utf-8" if hook.format == "text" else "application/json"
    request = urllib.request.Request(url, data, {"Content-Type": kind, "User-Agent": "Fixative"})  # noqa: S310  checked
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310  checked above
        answer.read(1)
