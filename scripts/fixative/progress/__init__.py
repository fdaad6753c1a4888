"""How far the work is: told in the job's log, on a terminal, and to whoever watches the run from elsewhere."""

from fixative.progress.board import begin_work, count_done, end_shard, tell_outcome
from fixative.progress.lines import Progress, on_a_picture, shard_progress

__all__ = ["Progress", "begin_work", "count_done", "end_shard", "on_a_picture", "shard_progress", "tell_outcome"]
