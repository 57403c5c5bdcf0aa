"""Null tests: what nobody can know must not be told, or the benchmark gives it away."""

SHUFFLED_FIT = "results/{study}/{protocol}/fold{fold}/{network}/shuffled{seed}"


rule redraw_mixtures:
    input:
        mixtures="results/{study}/{protocol}/fold{fold}/mixtures/test.parquet",
        endmembers="results/{study}/endmembers.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        redrawn="results/{study}/{protocol}/fold{fold}/mixtures/redrawn.parquet",
    log:
        "results/logs/redraw_mixtures/{study}.{protocol}.fold{fold}.log",
    benchmark:
        "results/{study}/benchmarks/redraw_mixtures.{protocol}.fold{fold}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("redraw_mixtures"),
        components=lookup(within=config, dpath="components"),
        seed=lookup(within=config, dpath="split/seed"),
        mixtures=lookup(within=config, dpath="mixtures"),
        preprocessing=lookup(within=config, dpath="preprocessing"),
    script:
        "../scripts/redraw_mixtures.py"


rule mix_twins:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        mixtures="results/{study}/{protocol}/fold{fold}/mixtures/twins.parquet",
    log:
        "results/logs/mix_twins/{study}.{protocol}.fold{fold}.log",
    benchmark:
        "results/{study}/benchmarks/mix_twins.{protocol}.fold{fold}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("mix_twins"),
        components=lookup(within=config, dpath="components"),
        seed=lookup(within=config, dpath="split/seed"),
        mixtures={
            **config["mixtures"],
            "pure_per_component": config["null_tests"]["pure_per_component"],
            "same_polymer_per_component": config["null_tests"]["same_polymer_per_component_and_bin"],
        },
        preprocessing=lookup(within=config, dpath="preprocessing"),
    script:
        "../scripts/mix_twins.py"


rule predict_redrawn_classical:
    input:
        model=f"{CLASSICAL_FIT}/model.skops",
        mixtures=expand(
            "results/{{study}}/{{protocol}}/fold{{fold}}/mixtures/{name}.parquet",
            name=["redrawn", "twins"],
        ),
    output:
        predictions=f"{CLASSICAL_FIT}/redrawn.parquet",
    log:
        "results/logs/predict_redrawn_classical/{study}.{protocol}.fold{fold}.{classical}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/predict_redrawn_classical.{protocol}.fold{fold}.{classical}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("predict_classical"),
    script:
        "../scripts/predict_classical.py"


rule predict_redrawn_network:
    input:
        model=f"{NETWORK_FIT}/model.safetensors",
        mixtures=expand(
            "results/{{study}}/{{protocol}}/fold{{fold}}/mixtures/{name}.parquet",
            name=["redrawn", "twins"],
        ),
    output:
        predictions=f"{NETWORK_FIT}/redrawn.parquet",
    log:
        "results/logs/predict_redrawn_network/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/predict_redrawn_network.{protocol}.fold{fold}.{network}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("predict_network"),
        architecture=architecture,
    script:
        "../scripts/predict_network.py"


rule train_shuffled:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        model=f"{SHUFFLED_FIT}/model.safetensors",
        history=f"{SHUFFLED_FIT}/history.csv",
    log:
        "results/logs/train_shuffled/{study}.{protocol}.fold{fold}.{network}.shuffled{seed}.log",
    benchmark:
        "results/{study}/benchmarks/train_shuffled.{protocol}.fold{fold}.{network}.shuffled{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=30,
    params:
        library=library("train_network"),
        architecture=architecture,
        components=lookup(within=config, dpath="components"),
        mixtures=lookup(within=config, dpath="mixtures"),
        random=None,
        co2_window=lookup(within=config, dpath="preprocessing/co2_window_cm1"),
        training={**config["training"], "epochs": config["null_tests"]["shuffled_epochs"]},
        shuffled=True,
        candidate=first_candidate,
    script:
        "../scripts/train_network.py"


rule predict_shuffled:
    input:
        model=f"{SHUFFLED_FIT}/model.safetensors",
        mixtures=["results/{study}/{protocol}/fold{fold}/mixtures/test.parquet"],
    output:
        predictions=f"{SHUFFLED_FIT}/predictions.parquet",
    log:
        "results/logs/predict_shuffled/{study}.{protocol}.fold{fold}.{network}.shuffled{seed}.log",
    benchmark:
        "results/{study}/benchmarks/predict_shuffled.{protocol}.fold{fold}.{network}.shuffled{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("predict_network"),
        architecture=architecture,
    script:
        "../scripts/predict_network.py"


rule test_nulls:
    input:
        tests=of_every_round("mixtures/test.parquet", ["specimen"]),
        twins=of_every_round("mixtures/twins.parquet", ["specimen"]),
        predictions=of_every_fit("predictions.parquet", config["null_tests"]["models"], ["specimen"]),
        redrawn=of_every_fit("redrawn.parquet", config["null_tests"]["models"], ["specimen"]),
        thresholds=of_every_fit("thresholds.csv", config["null_tests"]["models"], ["specimen"]),
        shuffled=of_shuffled_fits("predictions.parquet"),
    output:
        csv=report(
            f"{STUDY}/comparison/null_tests.csv",
            caption="../report/null_tests.rst",
            category="Comparison",
            labels={"result": "null tests, all figures"},
        ),
        parquet=f"{STUDY}/comparison/null_tests.parquet",
        markdown=f"{STUDY}/comparison/null_tests.md",
    log:
        f"results/logs/test_nulls/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/test_nulls.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("test_nulls"),
        rounds=every_round(["specimen"]),
        fits=every_fit(config["null_tests"]["models"], ["specimen"]),
        shuffled=shuffled_fits(),
        components=lookup(within=config, dpath="components"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/test_nulls.py"
