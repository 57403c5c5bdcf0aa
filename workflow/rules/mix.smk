"""Compose the fixed validation and test mixtures of each fold, with their truth."""


rule mix_mixtures:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        mixtures="results/{study}/{protocol}/fold{fold}/mixtures/{subset}.parquet",
    log:
        "results/logs/mix_mixtures/{study}.{protocol}.fold{fold}.{subset}.log",
    benchmark:
        "results/{study}/benchmarks/mix_mixtures.{protocol}.fold{fold}.{subset}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("mix_mixtures"),
        components=lookup(within=config, dpath="components"),
        seed=lookup(within=config, dpath="split/seed"),
        mixtures=lookup(within=config, dpath="mixtures"),
        random=random_choices,
        preprocessing=lookup(within=config, dpath="preprocessing"),
    script:
        "../scripts/mix_mixtures.py"


rule gather_measured:
    input:
        spectra=PREPROCESSED,
    output:
        mixtures="results/{study}/measured/fold{fold}/mixtures/test.parquet",
    log:
        "results/logs/gather_measured/{study}.fold{fold}.log",
    benchmark:
        "results/{study}/benchmarks/gather_measured.fold{fold}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("gather_measured"),
        components=lookup(within=config, dpath="components"),
        co2_window=lookup(within=config, dpath="preprocessing/co2_window_cm1"),
    script:
        "../scripts/gather_measured.py"


ruleorder: gather_measured > mix_mixtures
