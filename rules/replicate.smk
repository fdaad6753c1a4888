"""Replication: sealed objects copied to the replicas that lack them, and read back. A target of its own.

Reads   ARCHIVE_ROOT                                 every byte of what a replica lacks
        the roots of `replicas`                      what was copied, read back
Writes  the roots of `replicas`                      folders, or places on remote storage through rclone
        ARCHIVE_ROOT/.fixative/fixity/               a PREMIS event per copy, in the log of the object
        ARCHIVE_ROOT/.fixative/uploading/            what was begun and not ended: the next run goes on with it
        results/replicate/replicated.txt             only when every replica holds every object
"""


rule replicate_archive:
    input:
        requested="results/replicate/requested.json",
        sealed=RUN.audit_after,
    output:
        verdict="results/replicate/replicated.txt",
    log:
        "results/logs/replicate_archive.log",
    retries: 0
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=1000,
    params:
        audit=RUN.audit,
    script:
        "../scripts/replicate_archive.py"


rule replicate:
    input:
        "results/replicate/replicated.txt",
