"""Train the network that identifies unknown spectra, calibrate it, and tell how far it can be trusted."""

# What judge_identifier writes, one table each.
IDENTIFIER_TABLES = [
    "materials",
    "known_materials",
    "lost",
    "tradeoff",
    "cut",
    "beside",
    "fillers",
    "reliability",
    "coverage",
]
IDENTIFIER = "results/{study}/identifier/{protocol}.fold{fold}.{materials}"


rule collect_foreign:
    input:
        spectra=PREPROCESSED,
        flags=f"{STUDY}/curation/flags.csv",
        families=beside_snakefile("workflow", "sources", "families.csv"),
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        foreign=f"{STUDY}/identifier/foreign.parquet",
    log:
        f"results/logs/collect_foreign/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/collect_foreign.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        library=library("collect_foreign"),
        components=lookup(within=config, dpath="components"),
        cosine=lookup(within=config, dpath="curation/near_duplicate_cosine"),
        recorded_cosine=lookup(within=config, dpath="curation/recorded_cosine"),
        parts=lookup(within=config, dpath="identifier/parts"),
        folds=lookup(within=config, dpath="split/folds"),
        seed=lookup(within=config, dpath="split/seed"),
    script:
        "../scripts/collect_foreign.py"


rule join_foreign:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        foreign="results/{study}/identifier/foreign.parquet",
    output:
        endmembers=temp(f"{IDENTIFIER}/endmembers.parquet"),
        split=temp(f"{IDENTIFIER}/split.csv"),
    log:
        "results/logs/join_foreign/{study}.{protocol}.fold{fold}.{materials}.log",
    benchmark:
        "results/{study}/benchmarks/join_foreign.{protocol}.fold{fold}.{materials}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("join_foreign"),
        left_out=left_out_laboratory,
    script:
        "../scripts/join_foreign.py"


rule train_identifier:
    input:
        endmembers=f"{IDENTIFIER}/endmembers.parquet",
        split=f"{IDENTIFIER}/split.csv",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        model=f"{IDENTIFIER}/{{network}}/seed{{seed}}/model.safetensors",
        history=f"{IDENTIFIER}/{{network}}/seed{{seed}}/history.csv",
    log:
        "results/logs/train_identifier/{study}.{protocol}.fold{fold}.{materials}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/train_identifier.{protocol}.fold{fold}.{materials}.{network}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        library=library("train_identifier"),
        architecture=architecture,
        components=[*config["components"], "foreign"],
        mixtures=lookup(within=config, dpath="mixtures"),
        co2_window=lookup(within=config, dpath="preprocessing/co2_window_cm1"),
        training=lookup(within=config, dpath="training"),
        cut=lookup(within=config, dpath="identifier/cut"),
        candidate=first_candidate,
    script:
        "../scripts/train_identifier.py"


rule calibrate_identifier:
    input:
        model=f"{IDENTIFIER}/{{network}}/seed{{seed}}/model.safetensors",
        without=networks_without,
        endmembers=f"{IDENTIFIER}/endmembers.parquet",
        split=f"{IDENTIFIER}/split.csv",
        foreign="results/{study}/identifier/foreign.parquet",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        network=f"{IDENTIFIER}/{{network}}/seed{{seed}}/identifier/network.safetensors",
        library=f"{IDENTIFIER}/{{network}}/seed{{seed}}/identifier/library.safetensors",
        description=f"{IDENTIFIER}/{{network}}/seed{{seed}}/identifier/identifier.json",
    log:
        "results/logs/calibrate_identifier/{study}.{protocol}.fold{fold}.{materials}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/calibrate_identifier.{protocol}.fold{fold}.{materials}.{network}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("calibrate_identifier"),
        architecture=architecture,
        left_out=left_out_laboratory,
        preprocessing=lookup(within=config, dpath="preprocessing"),
        highest_rate=config["thresholds"]["highest_false_positive_rates"][0],
        highest_lost=lookup(within=config, dpath="identifier/highest_lost"),
        level=lookup(within=config, dpath="identifier/interval"),
        measured_from_cm1=lookup(within=config, dpath="identifier/cut/highest_cm1"),
    script:
        "../scripts/calibrate_identifier.py"


rule judge_identifier:
    input:
        unpack(identifiers),
        foreign=f"{STUDY}/identifier/foreign.parquet",
        endmembers=f"{STUDY}/endmembers.parquet",
        splits=[f"{STUDY}/{protocol}/split.csv" for protocol in ("specimen", "laboratory")],
    output:
        materials=f"{STUDY}/identifier/materials.csv",
        known_materials=f"{STUDY}/identifier/known_materials.csv",
        lost=f"{STUDY}/identifier/lost.csv",
        tradeoff=f"{STUDY}/identifier/tradeoff.csv",
        cut=f"{STUDY}/identifier/cut.csv",
        beside=f"{STUDY}/identifier/beside.csv",
        fillers=f"{STUDY}/identifier/fillers.csv",
        reliability=f"{STUDY}/identifier/reliability.csv",
        coverage=f"{STUDY}/identifier/coverage.csv",
        figure=f"{STUDY}/identifier/reliability.svg",
    log:
        f"results/logs/judge_identifier/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/judge_identifier.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("judge_identifier"),
        tests=["specimen", "laboratory"],
        fold=lookup(within=config, dpath="identifier/fold"),
        left_out=lookup(within=config, dpath="identifier/left_out"),
        highest_lost=lookup(within=config, dpath="identifier/highest_lost"),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/judge_identifier.py"


rule judge_sea_surface:
    input:
        unpack(unlabelled_files),
        identifier=lambda wildcards: identifier_files("laboratory", "all"),
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
        flags=f"{STUDY}/curation/flags.csv",
    output:
        agreement=f"{STUDY}/identifier/sea_surface.csv",
    log:
        f"results/logs/judge_sea_surface/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/judge_sea_surface.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        library=library("judge_sea_surface"),
        source=unlabelled_source,
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/judge_sea_surface.py"


rule write_card:
    input:
        identifier=lambda wildcards: identifier_files("specimen", "all"),
        tables=[f"{STUDY}/identifier/{name}.csv" for name in IDENTIFIER_TABLES],
        sea_surface=sea_surface,
    output:
        card=f"{STUDY}/identifier/card.md",
    log:
        f"results/logs/write_card/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/write_card.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        library=library("write_card"),
        left_out=lookup(within=config, dpath="identifier/left_out"),
        parts=lookup(within=config, dpath="identifier/parts"),
        sources={name: [SOURCES[name].citation, SOURCES[name].licence] for name in config["sources"]},
    script:
        "../scripts/write_card.py"


rule pretrained:
    input:
        identifier=lambda wildcards: identifier_files("specimen", "all"),
        card=f"{STUDY}/identifier/card.md",
        figure=f"{STUDY}/identifier/reliability.svg",
    output:
        network=beside_snakefile("workflow", "pretrained", "network.safetensors"),
        library=beside_snakefile("workflow", "pretrained", "library.safetensors"),
        description=beside_snakefile("workflow", "pretrained", "identifier.json"),
        card=beside_snakefile("workflow", "pretrained", "card.md"),
        figure=beside_snakefile("workflow", "pretrained", "reliability.svg"),
    log:
        f"results/logs/pretrained/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/pretrained.jsonl"
    localrule: True
    conda:
        "../../envs/ftirmix.yaml"
    params:
        library=library("pack_identifier"),
    script:
        "../scripts/pack_identifier.py"
