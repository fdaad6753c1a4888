"""What a night is asked for: the section ``notify:`` of the configuration, and the command line."""

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from fixative.findings import BadBatch

VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class Options(BaseModel):
    """A part of the configuration that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Mail(Options):
    """Keys of ``notify.mail:``."""

    to: tuple[str, ...] = Field(min_length=1)
    sender: str = Field(alias="from", min_length=1)
    host: str = Field(default="localhost", min_length=1)
    port: int = Field(default=25, ge=1, le=65535)
    starttls: bool = False
    user: str | None = None
    password_env: str | None = Field(
        default=None, pattern=VARIABLE, description="environment variable that holds the password"
    )

    @field_validator("to", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """Accept one address without a list."""
        return [value] if isinstance(value, str) else value

    @field_validator("to", "sender")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        """Refuse what would end a mail's header."""
        if any(not text.isprintable() for text in ([value] if isinstance(value, str) else value)):
            raise ValueError("an address is one line of printable characters")
        return value


class Webhook(Options):
    """Keys of ``notify.webhook:``."""

    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    url_env: str | None = Field(default=None, pattern=VARIABLE, description="environment variable that holds the URL")
    format: Literal["text", "json"] = "json"

    @model_validator(mode="after")
    def _one_url(self) -> "Webhook":
        """Refuse none and two."""
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give url or url_env, one of them")
        return self


class Notify(Options):
    """Keys of ``notify:``."""

    when: Literal["always", "changes", "trouble"] = "changes"
    mail: Mail | None = None
    webhook: Webhook | None = None
    timeout_s: float = Field(default=20, gt=0, le=300)


def from_environment(name: str) -> str:
    """Give what an environment variable holds.

    Raises
    ------
    BadBatch
        When it is not set; the message names the variable, never a value.
    """
    value = os.environ.get(name)
    if not value:
        raise BadBatch(f"the environment variable {name} is not set")
    return value


def located(path: str) -> Path:
    """Give a path of the command line as it was meant: relative to where the command was given."""
    return Path(path).expanduser().absolute()
