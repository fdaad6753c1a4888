"""Inventory: what each source is, its whole file set with digests, and whether it is complete.

Reads   results/shards/{shard}.json                  rows of the sheet
        sources and sidecars on remote storage       through rclone
Writes  results/samples/<sample>/inventory.json
        results/fetched/<sample>/                    what was fetched: gone once sealed or refused
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
        mem_mb=RUN.needs.mem_mb("inventory_source"),
        runtime=RUN.needs.runtime("inventory_source"),
        disk_mb=RUN.needs.disk_mb(),
    params:
        staging=RUN.staging,
        readers=RUN.readers,
        remote=CONFIG.remote.model_dump(),
    script:
        "../scripts/inventory_source.py"
