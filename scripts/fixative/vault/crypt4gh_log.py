"""crypt4gh logs session keys and private keys at DEBUG: its loggers are never enabled below WARNING."""

import logging

_LOGGERS = ("crypt4gh", "crypt4gh.lib", "crypt4gh.header", "crypt4gh.keys", "crypt4gh.keys.c4gh", "crypt4gh.cli")


def quiet() -> None:
    """Silence each of them, whatever the root logger or somebody else has set; call it before encrypting."""
    for name in _LOGGERS:
        log = logging.getLogger(name)
        if log.level < logging.WARNING:
            log.setLevel(logging.WARNING)
