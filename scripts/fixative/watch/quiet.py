"""What Snakemake need not say on a terminal on which the run is drawn. Its own log has all of it.

Only what is known to be idle talk is left out: each job's rule and files, that it began and ended. What this does not
know, every warning and every error is shown.
"""

import logging

LOGGER = "snakemake.logging"
HANDLER = "DefaultStreamHandler"

IDLE_EVENTS = frozenset(
    ("job_info", "job_started", "job_finished", "group_info", "shellcmd", "progress", "run_info", "resources_info")
)
IDLE_LINES = ("Select jobs to execute...", "Complete log(s): ", "Elapsed time: ")


class IdleTalk(logging.Filter):
    """Lets through what is worth a person's while."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to show a record."""
        if record.levelno > logging.INFO:
            return True
        event = getattr(record, "event", None)
        if event is not None:
            return str(getattr(event, "value", event)) not in IDLE_EVENTS
        return not str(record.msg).startswith(IDLE_LINES)


_IDLE_TALK = IdleTalk()


def quieten_chatter() -> None:
    """Leave idle talk out of what Snakemake says on the terminal."""
    for handler in _handlers():
        handler.addFilter(_IDLE_TALK)


def let_chatter() -> None:
    """Let Snakemake say everything."""
    for handler in _handlers():
        handler.removeFilter(_IDLE_TALK)


def _handlers() -> list[logging.Handler]:
    return [handler for handler in logging.getLogger(LOGGER).handlers if handler.name == HANDLER]
