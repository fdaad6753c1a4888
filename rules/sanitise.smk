"""Sanitising: the privacy policy gives every metadata key an action; then the actions are carried out.

Reads   results/shards/{shard}.json, results/samples/<sample>/metadata/
        results/approvals/<sample>.json              who has approved the plan, where a policy asks for it
Writes  results/samples/<sample>/sanitised/          dump.json, ome.xml, row.json, names.json, log.json
        results/samples/<sample>/private/            secrets.json: what the later search looks for (restricted)
                                                     mapping.json: what stood where, for the vault (restricted)
        results/plans/<sample>.tsv                   under such a policy, what is to be approved (restricted)
        results/sanitise/{shard}.json                the outcome of each sample

The plan alone, a target of its own (`snakemake sanitise_plan`): of the chain, inventory and dump run, nothing else.

Reads   results/samples/<sample>/metadata/
Writes  results/plans/<sample>.tsv                   key, action, rule, ground, count; never a value   (restricted)
        results/reports/sanitise_plan.tsv            a row per sample                                  (restricted)
        results/reports/sanitise_plan_unknown.tsv    keys without a rule in strict policies            (restricted)
"""


rule sanitise_metadata:
    input:
        shard="results/shards/{shard}.json",
        previous="results/metadata/{shard}.json",
    output:
        outcomes="results/sanitise/{shard}.json",
    log:
        "results/logs/sanitise_metadata/{shard}.log",
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=RUN.needs.mem_mb("sanitise_metadata"),
        runtime=RUN.needs.runtime("sanitise_metadata"),
        disk_mb=RUN.needs.disk_mb(),
    params:
        staging=RUN.staging,
        policies=RUN.policies,
        keep_original=CONFIG.keep_original,
        vault=RUN.vault_marks,
        original_metadata_keys=CONFIG.ome_tiff.original_metadata_keys,
    script:
        "../scripts/sanitise_metadata.py"


rule sanitise_plan:
    input:
        requested="results/plans/requested.json",
        dumped=expand("results/metadata/{shard}.json", shard=RUN.shards),
    output:
        summary="results/reports/sanitise_plan.tsv",
        unknown="results/reports/sanitise_plan_unknown.tsv",
    log:
        "results/logs/sanitise_plan.log",
    localrule: True
    conda:
        "../envs/imaging.yaml"
    resources:
        mem_mb=1000,
    params:
        policies=RUN.policies,
    script:
        "../scripts/sanitise_plan.py"
