"""Scan: walks the source roots and writes a sample sheet that the chain takes as it is.

Reads   the folders of `source_roots`
Writes  results/scan/samples.tsv                     one row per file set that is new and at rest
        results/scan/left_out.tsv                    what was left out, and why
        results/scan/seen.json                       the scan's memory: unchanged files are not read again (restricted)
"""


rule scan_storage:
    input:
        requested="results/scan/requested.json",
    output:
        sheet="results/scan/samples.tsv",
        left_out="results/scan/left_out.tsv",
    log:
        "results/logs/scan_storage.log",
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=1000,
    params:
        roots=[str(root) for root in CONFIG.source_roots],
        quiet_period_s=CONFIG.scan.quiet_period_s,
        remembers=CONFIG.scan.memory,
        memory="results/scan/seen.json",
        archive_root=RUN.archive_root,
    script:
        "../scripts/scan_storage.py"


rule scan:
    input:
        "results/scan/samples.tsv",
