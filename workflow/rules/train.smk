"""Fit every model on the training subset, let it answer, and judge the answers."""

FIT = "results/{study}/{protocol}/fold{fold}/{model}/seed{seed}"
NETWORK_FIT = FIT.replace("{model}", "{network}")
CLASSES_FIT = NETWORK_FIT.replace("{protocol}", "random")


rule fit_nnls:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
    output:
        model="results/{study}/{protocol}/fold{fold}/nnls/seed{seed}/model.safetensors",
    log:
        "results/logs/fit_nnls/{study}.{protocol}.fold{fold}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/fit_nnls.{protocol}.fold{fold}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        library=library("fit_nnls"),
        components=lookup(within=config, dpath="components"),
        nnls=lookup(within=config, dpath="models/nnls", default=None),
    script:
        "../scripts/fit_nnls.py"


rule train_network:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        model=f"{NETWORK_FIT}/model.safetensors",
        history=f"{NETWORK_FIT}/history.csv",
    log:
        "results/logs/train_network/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/train_network.{protocol}.fold{fold}.{network}.seed{seed}.jsonl"
    priority: 10
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        library=library("train_network"),
        architecture=architecture,
        components=lookup(within=config, dpath="components"),
        mixtures=lookup(within=config, dpath="mixtures"),
        random=random_choices,
        co2_window=lookup(within=config, dpath="preprocessing/co2_window_cm1"),
        training=lookup(within=config, dpath="training"),
        shuffled=False,
        options=lookup(within=config, dpath="models/{network}"),
    script:
        "../scripts/train_network.py"


rule predict_nnls:
    input:
        model="results/{study}/{protocol}/fold{fold}/nnls/seed{seed}/model.safetensors",
        mixtures=answered_sets,
    output:
        predictions="results/{study}/{protocol}/fold{fold}/nnls/seed{seed}/predictions.parquet",
    log:
        "results/logs/predict_nnls/{study}.{protocol}.fold{fold}.seed{seed}.log",
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        library=library("predict_nnls"),
    script:
        "../scripts/predict_nnls.py"


rule predict_network:
    input:
        model=f"{NETWORK_FIT}/model.safetensors",
        mixtures=answered_sets,
    output:
        predictions=f"{NETWORK_FIT}/predictions.parquet",
    log:
        "results/logs/predict_network/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("predict_network"),
        architecture=architecture,
    script:
        "../scripts/predict_network.py"


rule judge_predictions:
    input:
        predictions=f"{FIT}/predictions.parquet",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        tests=test_sets,
    output:
        outcomes=f"{FIT}/outcomes.parquet",
        thresholds=f"{FIT}/thresholds.csv",
    log:
        "results/logs/judge_predictions/{study}.{protocol}.fold{fold}.{model}.seed{seed}.log",
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("judge_predictions"),
        components=lookup(within=config, dpath="components"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
    script:
        "../scripts/judge_predictions.py"
