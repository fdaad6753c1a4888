"""Crate: what the batch did, as a Workflow Run RO-Crate; a target of its own (`snakemake crate`).

Reads   results/batch.json                           every row of the sheet
        results/samples/<sample>/                    the records of its steps
        results/samples/<sample>/private/            what no report may tell
Writes  results/reports/ro-crate/                    the crate: its metadata, a page for people, the workflow
"""


rule write_crate:
    input:
        batch="results/batch.json",
        table="results/reports/batch.tsv",
    output:
        metadata="results/reports/ro-crate/ro-crate-metadata.json",
        page="results/reports/ro-crate/ro-crate-preview.html",
    log:
        "results/logs/write_crate.log",
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=500,
    params:
        provenance=CONFIG.provenance.model_dump(),
        settings=CONFIG.model_dump(
            mode="json",
            include={
                "archive_profile": True,
                "incomplete": True,
                "keep_original": True,
                "ome_tiff": True,
                "verify": {"metadata", "witness"},
            },
        ),
    script:
        "../scripts/write_crate.py"


rule crate:
    input:
        rules.write_crate.output,
