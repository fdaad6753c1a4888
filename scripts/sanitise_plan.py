"""Say what the privacy policy would do to each sample's metadata (rule `sanitise_plan`)."""


def main(job):
    """Plan every sample of the sheet whose metadata were dumped; nothing is sanitised."""
    from pathlib import Path

    from fixative.locks import hold_job_lock
    from fixative.planning import read_batch
    from fixative.privacy.plan_table import plan_of, write_plans

    hold_job_lock()
    samples = Path("results/samples")
    plans = [plan_of(row, samples / row.sample_id, Path(job.params.policies)) for row in read_batch()]
    write_plans(plans, Path("results/plans"), Path(job.output.summary))
    complete = sum(plan.state == "complete" for plan in plans)
    Path(job.log[0]).write_text(f"{complete} of {len(plans)} plans complete\n", encoding="utf-8")


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
