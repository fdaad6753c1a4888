"""Inventory: what each source is, its whole file set with digests, and whether it is complete.

Reads   results/shards/{shard}.json                  rows of the sheet
Writes  results/samples/<sample>/inventory.json
        results/inventory/{shard}.json               the outcome of each sample
"""


rule inventory_source:
    input:
        shard="results/shards/{shard}.json",
    output:
        outcomes="results/inventory/{shard}.json",
    log:
        "results/logs/inventory_source/{shard}.log",
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=1000,
    params:
        staging=RUN.staging,
        readers=RUN.readers,
    script:
        "../scripts/inventory_source.py"
