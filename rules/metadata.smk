"""Metadata dump: everything the source says, and OME-XML corrected to its pixels.

Reads   results/shards/{shard}.json, results/samples/<sample>/inventory.json
Writes  results/samples/<sample>/metadata/dump.json  every source of metadata, as a tree   (restricted)
        results/samples/<sample>/metadata/ome.xml    OME-XML 2016-06                       (restricted)
        results/samples/<sample>/metadata/required.json  who states which field; scores; no values
        results/metadata/{shard}.json                the outcome of each sample
"""


rule dump_metadata:
    input:
        shard="results/shards/{shard}.json",
        previous="results/inventory/{shard}.json",
    output:
        outcomes="results/metadata/{shard}.json",
    log:
        "results/logs/dump_metadata/{shard}.log",
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=RUN.needs.mem_mb("dump_metadata"),
        runtime=RUN.needs.runtime("dump_metadata"),
        disk_mb=RUN.needs.disk_mb(),
    params:
        staging=RUN.staging,
        exiftool=CONFIG.exiftool,
        readers=RUN.readers,
        required=RUN.required,
        allowed_loss=RUN.allowed_loss,
    script:
        "../scripts/dump_metadata.py"
