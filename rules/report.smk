"""Report: what was sealed is entered in the archive's catalogue; the batch as a table and a page; then the verdict,
which is the exit status.

Reads   results/batch.json                           every row of the sheet
        results/samples/<sample>/private/            what no report may tell
        results/samples/<sample>/                    the records of its steps
        ARCHIVE_ROOT/<dataset>/<sample>/             objects that the catalogue does not know
Writes  ARCHIVE_ROOT/catalogue.sqlite, catalogue.html  what every object says; docs/catalogue.md
        results/catalogue/entered.json               how that went; a problem is tried again by the next run
        results/reports/batch.tsv                    a row per sample: outcome, code, message, remedy
        results/reports/index.html                   the same for people
        results/report_entries.tsv                   what it says of sealed samples, for the next one      (restricted)
        results/report_values.npz                    for what that was searched, as hashes                 (restricted)
        results/reports/safe_to_delete.tsv           every source file, with the evidence          (restricted)
        results/reports/withheld.tsv                 only when a text would have told a private value
        results/reports/all_sealed.json              only when every sample of the sheet is sealed
"""


rule report_batch:
    input:
        batch="results/batch.json",
        outcomes=expand("results/provenance/{shard}.json", shard=RUN.shards),
    output:
        entered="results/catalogue/entered.json",
        table="results/reports/batch.tsv",
        page="results/reports/index.html",
    log:
        "results/logs/report_batch.log",
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=500,
    params:
        title=CONFIG.report.title,
        archive_root=RUN.archive_root,
        audit=RUN.audit,
    script:
        "../scripts/report_batch.py"


rule require_all_sealed:
    input:
        table="results/reports/batch.tsv",
    output:
        verdict="results/reports/all_sealed.json",
    log:
        "results/logs/require_all_sealed.log",
    retries: 0
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=500,
    script:
        "../scripts/require_all_sealed.py"
