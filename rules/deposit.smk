"""Deposit: packages for repositories, and curation, made of sealed objects. Targets of their own, local rules.

Reads   ARCHIVE_ROOT/<dataset>/                      sealed objects of one data set
        the sheet of `deposit.sheet`                 what they do not state, where there is one
Writes  results/deposits/<repository>/<dataset>/     the package, or where `to` says; links to the objects
        results/deposit/findings.tsv, missing.tsv    why there is none
        results/curation/<dataset>/                  README.md, curation.tsv, curation.json
        results/deposit/made.txt, curation/made.txt  only when it was made
"""


localrules:
    make_deposit,
    curate_dataset,
    deposit,
    curate,


rule make_deposit:
    input:
        requested="results/deposit/requested.json",
    output:
        verdict="results/deposit/made.txt",
    log:
        "results/logs/make_deposit.log",
    retries: 0
    conda:
        "../envs/imaging.yaml"
    params:
        deposit=RUN.deposit,
    script:
        "../scripts/make_deposit.py"


rule curate_dataset:
    input:
        requested="results/curation/requested.json",
    output:
        verdict="results/curation/made.txt",
    log:
        "results/logs/curate_dataset.log",
    retries: 0
    conda:
        "../envs/imaging.yaml"
    params:
        deposit=RUN.deposit,
    script:
        "../scripts/curate_dataset.py"


rule deposit:
    input:
        "results/deposit/made.txt",


rule curate:
    input:
        "results/curation/made.txt",
