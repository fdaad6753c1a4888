"""Verification: the written file read back with fresh eyes; every plane, the OME-XML, every private value.
Then the source, by a second reader: the witness.

Reads   results/shards/{shard}.json, STAGING/<sample>/<sample>.ome.tiff, the source
        results/samples/<sample>/{inventory.json,pixels.json,carried_tags.json}
        results/samples/<sample>/{metadata/dump.json,private/secrets.json}
Writes  results/samples/<sample>/verification.json   what was compared; digests of the file
        results/verify/{shard}.json                  the outcome of each sample
"""


rule verify_archive:
    input:
        shard="results/shards/{shard}.json",
        previous="results/convert/{shard}.json",
    output:
        outcomes="results/verify/{shard}.json",
    log:
        "results/logs/verify_archive/{shard}.log",
    conda:
        "../envs/imaging.yaml"
    threads: 2
    resources:
        mem_mb=1000,
    params:
        staging=RUN.staging,
        readers=RUN.readers,
        witness=CONFIG.verify.witness,
    script:
        "../scripts/verify_archive.py"
