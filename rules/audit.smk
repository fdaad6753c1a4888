"""Audit: sealed objects and their copies checked on a schedule; repair, from good copies. Targets of their own.

Reads   ARCHIVE_ROOT, the roots of `replicas`        every byte of what is due
        results/samples/<sample>/                    receipts and inventories
Writes  ARCHIVE_ROOT/.fixative/fixity/               a PREMIS event per check, one log per object
        ARCHIVE_ROOT/catalogue.sqlite, .html         the objects there should be; what was found of each
        ARCHIVE_ROOT/.fixative/damaged/              what a repair has set aside; never removed
        results/audit/<time>.json, .tsv, copies.tsv  what was checked and found, what is due       (restricted)
        results/audit/sound.txt, repair/repaired.txt only when nothing is wrong
        results/reports/safe_to_delete.tsv           every source file, with the evidence          (restricted)
"""


rule audit_archive:
    input:
        requested="results/audit/requested.json",
        sealed=RUN.audit_after,
    output:
        verdict="results/audit/sound.txt",
    log:
        "results/logs/audit_archive.log",
    retries: 0
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=1000,
    params:
        audit=RUN.audit,
    script:
        "../scripts/audit_archive.py"


rule repair_archive:
    input:
        requested="results/repair/requested.json",
    output:
        verdict="results/repair/repaired.txt",
    log:
        "results/logs/repair_archive.log",
    retries: 0
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=1000,
    params:
        audit=RUN.audit,
    script:
        "../scripts/repair_archive.py"


rule audit:
    input:
        "results/audit/sound.txt",


rule repair:
    input:
        "results/repair/repaired.txt",
