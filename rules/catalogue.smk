"""Catalogue: what was sealed is entered in the archive's database, to be searched, and its page is written anew.

Both rules run on the submit host, one writer at a time: SQLite on a network file system is for one machine.

Reads   results/batch.json, results/provenance/{shard}.json, receipts of what is new
        ARCHIVE_ROOT/<dataset>/<sample>/             objects that the catalogue does not know
Writes  ARCHIVE_ROOT/catalogue.sqlite                what every object says; docs/catalogue.md
        ARCHIVE_ROOT/catalogue.html                  the same as a page
        results/catalogue/entered.json               how it went; a problem is tried again on the next night

The catalogue from the objects alone, a target of its own (`snakemake catalogue`):

Reads   ARCHIVE_ROOT/                                every object
Writes  ARCHIVE_ROOT/catalogue.sqlite, catalogue.html
        results/catalogue/rebuilt.txt
"""


rule update_catalogue:
    input:
        batch="results/batch.json",
        outcomes=expand("results/provenance/{shard}.json", shard=RUN.shards),
    output:
        entered="results/catalogue/entered.json",
    log:
        "results/logs/update_catalogue.log",
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=500,
    params:
        archive_root=RUN.archive_root,
    script:
        "../scripts/update_catalogue.py"


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
