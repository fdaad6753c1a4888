"""Fixative: archives microscopy images. Table of contents; see README.md for the two commands."""

from snakemake.utils import min_version

min_version("9.0")


include: "rules/common.smk"
include: "rules/scan.smk"
include: "rules/inventory.smk"
include: "rules/metadata.smk"
include: "rules/sanitise.smk"
include: "rules/convert.smk"
include: "rules/verify.smk"
include: "rules/provenance.smk"
include: "rules/catalogue.smk"
include: "rules/report.smk"
include: "rules/crate.smk"
include: "rules/audit.smk"
include: "rules/replicate.smk"
include: "rules/deposit.smk"


rule all:
    default_target: True
    input:
        "results/catalogue/entered.json",
        "results/reports/batch.tsv",
        "results/reports/index.html",
        "results/reports/all_sealed.json",


rule nightly:
    input:
        rules.all.input,
        rules.audit.input,


onstart:
    watch_run()


onsuccess:
    finish_run(succeeded=True)


onerror:
    finish_run(succeeded=False)
