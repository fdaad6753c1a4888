"""Fail, after the report is written, when a sample is not sealed (rule `require_all_sealed`)."""

import sys


def main(job):
    """Exit with status 1 and a line per sample that is not sealed; otherwise leave the verdict.

    So it does where the report withholds a text for a private value that it would have told.
    """
    from pathlib import Path

    from fixative.files import write_json
    from fixative.planning import read_batch
    from fixative.report.withhold import lines_not_sealed

    rows = read_batch()
    lines = lines_not_sealed(Path.cwd(), rows)
    Path(job.log[0]).write_text("\n".join(lines) + "\n", encoding="utf-8")
    if lines:
        print("not sealed:", *lines, sep="\n  ", file=sys.stderr)  # noqa: T201  the terminal is where it is read
        sys.exit(1)
    write_json(Path(job.output.verdict), {"sealed": len(rows)})


if __name__ == "__main__":
    main(snakemake)  # noqa: F821  defined by Snakemake's `script:` directive
