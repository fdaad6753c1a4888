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
        start_run(config, workflow.resource_settings.cores or 1)
        if workflow.is_main_process
        else read_run(config)
    )
except BadBatch as problem:
    raise WorkflowError(str(problem)) from None

CONFIG = RUN.settings


wildcard_constraints:
    shard=r"\d+-\d+",


def finish_run(succeeded):
    """Say what became of the batch; also when a job failed and the report did not run."""
    print(end_run(RUN, succeeded=succeeded), file=sys.stderr)
