"""The present, as records write it."""

from datetime import UTC, datetime


def utc_text() -> str:
    """Give the present, UTC to the second, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
