"""What every rules file uses: the checked configuration, the sheet, this run's shards. No rules.

The main process plans the run (fixative/planning.py); the processes of the jobs read the plan.
"""

import os
import sys
from pathlib import Path

# Snakemake asks of every param whether it is a DataFrame, and loads pandas to ask (0.6 CPU-s). None is.
sys.modules.setdefault("pandas", None)
# Here and in every job, pydantic would search all that is installed for plugins.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

sys.path.insert(0, str(Path(workflow.basedir) / "scripts"))

from snakemake.exceptions import WorkflowError

from fixative.batch import end_run, read_run, start_run
from fixative.findings import BadBatch


configfile: Path(workflow.basedir) / "config/config.yaml"


try:
    RUN = (
        start_run(
            config,
            workflow.resource_settings.cores or 1,
            workflow.resource_settings.overwrite_resources,
        )
        if workflow.is_main_process
        else read_run(config)
    )
except BadBatch as problem:
    raise WorkflowError(str(problem)) from None

CONFIG = RUN.settings


wildcard_constraints:
    shard=r"\d+-\d+",


def watch_run():
    """Show how far the run is, or say it now and then; a run that is quiet leaves only a sign of life."""
    from fixative.watch.start import Asked, begin_watch

    said = workflow.output_settings
    quiet = bool(said.quiet or said.verbose or said.log_handler_settings)
    begin_watch(Asked(CONFIG.live, quiet, archives=bool(RUN.shards)))


def finish_run(succeeded):
    """Say what became of the batch; also when a job failed and the report did not run."""
    from fixative.watch.start import end_watch

    end_watch()
    print(end_run(RUN, succeeded=succeeded), file=sys.stderr)
