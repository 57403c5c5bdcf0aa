"""The frozen benchmark: fixed mixtures of every protocol as flat tables, with fingerprints and a data card."""

BENCHMARK = f"{STUDY}/benchmark"


rule freeze_mixtures:
    input:
        mixtures="results/{study}/{protocol}/fold{fold}/mixtures/{subset}.parquet",
    output:
        flat="results/{study}/benchmark/{protocol}/fold{fold}/{subset}.parquet",
    log:
        "results/logs/freeze_mixtures/{study}.{protocol}.fold{fold}.{subset}.log",
    benchmark:
        "results/{study}/benchmarks/freeze_mixtures.{protocol}.fold{fold}.{subset}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("freeze_mixtures"),
        components=lookup(within=config, dpath="components"),
    script:
        "../scripts/freeze_mixtures.py"


rule freeze_endmembers:
    input:
        endmembers=f"{STUDY}/endmembers.parquet",
        splits=[f"{STUDY}/{protocol}/split.csv" for protocol in config["protocols"]],
    output:
        flat=f"{BENCHMARK}/endmembers.parquet",
    log:
        f"results/logs/freeze_endmembers/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/freeze_endmembers.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("freeze_endmembers"),
        protocols=list(config["protocols"]),
    script:
        "../scripts/freeze_endmembers.py"


rule describe_benchmark:
    input:
        sets=[f"{BENCHMARK}/{protocol}/fold{fold}/{subset}.parquet" for protocol, fold, subset in benchmark_sets()],
        endmembers=f"{BENCHMARK}/endmembers.parquet",
        published=beside_snakefile("workflow", "benchmark", "checksums.csv"),
        template=beside_snakefile("workflow", "benchmark", "data_card.md"),
    output:
        checksums=f"{BENCHMARK}/checksums.csv",
        sums=f"{BENCHMARK}/SHA256SUMS",
        counts=f"{BENCHMARK}/counts.csv",
        card=f"{BENCHMARK}/README.md",
    log:
        f"results/logs/describe_benchmark/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/describe_benchmark.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("describe_benchmark"),
        sets=benchmark_sets(),
        components=lookup(within=config, dpath="components"),
        sources=[
            {name: getattr(SOURCES[source], name) for name in ("source", "laboratory", "licence", "citation", "doi")}
            for source in config["sources"]
        ],
    script:
        "../scripts/describe_benchmark.py"


rule compose_training:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        mixtures="results/{study}/benchmark/{protocol}/fold{fold}/training.parquet",
    log:
        "results/logs/compose_training/{study}.{protocol}.fold{fold}.log",
    benchmark:
        "results/{study}/benchmarks/compose_training.{protocol}.fold{fold}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        library=library("compose_training"),
        components=lookup(within=config, dpath="components"),
        mixtures=lookup(within=config, dpath="mixtures"),
        random=random_choices,
        co2_window=lookup(within=config, dpath="preprocessing/co2_window_cm1"),
        number=lookup(within=config, dpath="benchmark/training_mixtures"),
        seed=lookup(within=config, dpath="split/seed"),
    script:
        "../scripts/compose_training.py"


rule benchmark:
    input:
        f"{BENCHMARK}/README.md",
