"""Catalogue: made anew from the objects alone, a target of its own (`snakemake catalogue`).

What a run has sealed is entered by `report_batch`, in the process that reports: one writer at a time, on the submit
host, since SQLite on a network file system is for one machine.

Reads   ARCHIVE_ROOT/                                every object
Writes  ARCHIVE_ROOT/catalogue.sqlite                what every object says; docs/catalogue.md
        ARCHIVE_ROOT/catalogue.html                  the same as a page
        results/catalogue/rebuilt.txt
"""


rule rebuild_catalogue:
    input:
        requested="results/catalogue/requested.json",
        sealed=RUN.audit_after,
    output:
        verdict="results/catalogue/rebuilt.txt",
    log:
        "results/logs/rebuild_catalogue.log",
    retries: 0
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=500,
    params:
        archive_root=RUN.archive_root,
    script:
        "../scripts/rebuild_catalogue.py"


rule catalogue:
    input:
        "results/catalogue/rebuilt.txt",
