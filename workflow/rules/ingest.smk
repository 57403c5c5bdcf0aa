"""Fetch the carrier packages and bring every source to one Parquet schema."""


rule fetch_carrier:
    output:
        "results/carriers/{file}.whl",
    log:
        "results/logs/fetch_carrier/{file}.log",
    retries: 3
    localrule: True
    conda:
        "../../envs/ftirmix.yaml"
    params:
        carrier=lambda wildcards: next(vars(c) for c in CARRIERS.values() if c.file == f"{wildcards.file}.whl"),
    script:
        "../scripts/fetch_carrier.py"


rule ingest_source:
    input:
        carrier=carrier_of,
        own=own_files,
        labels=beside_snakefile("workflow", "sources", "labels.csv"),
    output:
        spectra="results/{study}/spectra/{source}.parquet",
        rejected="results/{study}/spectra/{source}.rejected.csv",
    log:
        "results/logs/ingest_source/{study}.{source}.log",
    benchmark:
        "results/{study}/benchmarks/ingest_source.{source}.jsonl"
    wildcard_constraints:
        source=r"(?!simulated\.)[A-Za-z0-9_-]+",
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        library=library("ingest_source"),
        source=lambda wildcards: vars(SOURCES[wildcards.source]),
    script:
        "../scripts/ingest_source.py"


rule simulate_source:
    input:
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        spectra="results/{study}/spectra/simulated.parquet",
        rejected="results/{study}/spectra/simulated.rejected.csv",
    log:
        "results/logs/simulate_source/{study}.log",
    benchmark:
        "results/{study}/benchmarks/simulate_source.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("simulate_source"),
        components=lookup(within=config, dpath="components"),
        simulator=lookup(within=config, dpath="simulator", default=None),
        range=[SOURCES["simulated"].range_low, SOURCES["simulated"].range_high],
    script:
        "../scripts/simulate_source.py"
