"""Fit every model on the training subset, let it answer, and judge the answers."""

FIT = "results/{study}/{protocol}/fold{fold}/{model}/seed{seed}"
TUNED = "results/{study}/{protocol}/fold{fold}/{network}"
NETWORK_FIT = FIT.replace("{model}", "{network}")
CLASSES_FIT = NETWORK_FIT.replace("{protocol}", "random")
CLASSICAL_FIT = FIT.replace("{model}", "{classical}")


rule fit_classical:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        model=f"{CLASSICAL_FIT}/model.skops",
        tuning=f"{CLASSICAL_FIT}/tuning.csv",
    log:
        "results/logs/fit_classical/{study}.{protocol}.fold{fold}.{classical}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/fit_classical.{protocol}.fold{fold}.{classical}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        library=library("fit_classical"),
        components=lookup(within=config, dpath="components"),
        mixtures=lookup(within=config, dpath="mixtures"),
        random=random_choices,
        co2_window=lookup(within=config, dpath="preprocessing/co2_window_cm1"),
        training_mixtures=lookup(within=config, dpath="classical/training_mixtures"),
        candidates=candidates_of,
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
    script:
        "../scripts/fit_classical.py"


rule try_network:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        tried=f"{TUNED}/candidate{{candidate}}.csv",
    log:
        "results/logs/try_network/{study}.{protocol}.fold{fold}.{network}.candidate{candidate}.log",
    benchmark:
        "results/{study}/benchmarks/try_network.{protocol}.fold{fold}.{network}.candidate{candidate}.jsonl"
    priority: 10
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        library=library("try_network"),
        architecture=architecture,
        components=lookup(within=config, dpath="components"),
        mixtures=lookup(within=config, dpath="mixtures"),
        random=random_choices,
        co2_window=lookup(within=config, dpath="preprocessing/co2_window_cm1"),
        training={**config["training"], "epochs": config["tuning"]["epochs"]},
        seed=first_seed,
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
        candidate=numbered_candidate,
    script:
        "../scripts/try_network.py"


rule choose_network:
    input:
        tried=candidate_files,
    output:
        tuning=f"{TUNED}/tuning.csv",
    log:
        "results/logs/choose_network/{study}.{protocol}.fold{fold}.{network}.log",
    benchmark:
        "results/{study}/benchmarks/choose_network.{protocol}.fold{fold}.{network}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        library=library("choose_network"),
    script:
        "../scripts/choose_network.py"


rule train_network:
    input:
        endmembers="results/{study}/endmembers.parquet",
        split="results/{study}/{protocol}/split.csv",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
        tuning=tuning_of,
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
        candidate=first_candidate,
    script:
        "../scripts/train_network.py"


rule predict_classical:
    input:
        model=f"{CLASSICAL_FIT}/model.skops",
        mixtures=answered_sets,
    output:
        predictions=f"{CLASSICAL_FIT}/predictions.parquet",
    log:
        "results/logs/predict_classical/{study}.{protocol}.fold{fold}.{classical}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/predict_classical.{protocol}.fold{fold}.{classical}.seed{seed}.jsonl"
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


rule predict_network:
    input:
        model=f"{NETWORK_FIT}/model.safetensors",
        mixtures=answered_sets,
    output:
        predictions=f"{NETWORK_FIT}/predictions.parquet",
    log:
        "results/logs/predict_network/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/predict_network.{protocol}.fold{fold}.{network}.seed{seed}.jsonl"
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
    benchmark:
        "results/{study}/benchmarks/judge_predictions.{protocol}.fold{fold}.{model}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("judge_predictions"),
        softmax=answers_by_class,
        components=lookup(within=config, dpath="components"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
    script:
        "../scripts/judge_predictions.py"
