"""Verification: the written file read back with fresh eyes; every plane, the OME-XML, every private value.
Every metadata value, by one reader at source and archive. Then the source, by a second reader: the witness.

Reads   results/shards/{shard}.json, STAGING/<sample>/<sample>.ome.tiff, the source
        results/samples/<sample>/{inventory.json,pixels.json,carried_tags.json}
        results/samples/<sample>/{metadata/dump.json,private/secrets.json,thumbnail.png}
        results/samples/<sample>/{sanitised/dump.json,sanitised/log.json}
Writes  results/samples/<sample>/verification.json   what was compared; digests of the file
        results/samples/<sample>/metadata_diff.json  what became of each metadata value  (restricted)
        results/samples/<sample>/histogram_archive.json  the same samples, as they were read back  (for the page)
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
    threads: lambda wildcards: RUN.threads[wildcards.shard]
    resources:
        mem_mb=RUN.needs.mem_mb("verify_archive"),
        runtime=RUN.needs.runtime("verify_archive"),
        disk_mb=RUN.needs.disk_mb(),
    params:
        staging=RUN.staging,
        readers=RUN.readers,
        exiftool=CONFIG.exiftool,
        witness=CONFIG.verify.witness,
        metadata=CONFIG.verify.metadata,
        allowed_loss=RUN.allowed_loss,
    script:
        "../scripts/verify_archive.py"
