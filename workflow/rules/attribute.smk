"""Attribute logits to wavenumbers, and diagnose how much the minor component is neglected."""


# One job per fit makes all maps of it: one pass through the network serves every method and layer.
rule attribute_components:
    input:
        model=f"{NETWORK_FIT}/model.safetensors",
        test="results/{study}/{protocol}/fold{fold}/mixtures/test.parquet",
        endmembers="results/{study}/endmembers.parquet",
    output:
        maps=stored_maps(NETWORK_FIT),
    log:
        "results/logs/attribute_components/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/attribute_components.{protocol}.fold{fold}.{network}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("attribute_components"),
        architecture=architecture,
        maps=every_map(),
    script:
        "../scripts/attribute_components.py"


rule score_maps:
    input:
        model=f"{NETWORK_FIT}/model.safetensors",
        test="results/{study}/{protocol}/fold{fold}/mixtures/test.parquet",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        endmembers="results/{study}/endmembers.parquet",
    output:
        scores=f"{NETWORK_FIT}/map_scores.parquet",
    log:
        "results/logs/score_maps/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/score_maps.{protocol}.fold{fold}.{network}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("score_maps"),
        architecture=architecture,
    script:
        "../scripts/score_maps.py"


rule ablate_ssg:
    input:
        model=f"{NETWORK_FIT}/model.safetensors",
        validation="results/{study}/{protocol}/fold{fold}/mixtures/validation.parquet",
        endmembers="results/{study}/endmembers.parquet",
    output:
        scores=f"{NETWORK_FIT}/ssg_ablation.parquet",
    log:
        "results/logs/ablate_ssg/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/ablate_ssg.{protocol}.fold{fold}.{network}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("ablate_ssg"),
        architecture=architecture,
    script:
        "../scripts/ablate_ssg.py"


rule diagnose_neglect:
    input:
        maps=[f"{NETWORK_FIT}/attribution/{cam}.{layer}.parquet" for cam, layer in every_map()],
        outcomes=f"{NETWORK_FIT}/outcomes.parquet",
        test="results/{study}/{protocol}/fold{fold}/mixtures/test.parquet",
        endmembers="results/{study}/endmembers.parquet",
    output:
        neglect=[f"{NETWORK_FIT}/neglect/{cam}.{layer}.parquet" for cam, layer in every_map()],
    log:
        "results/logs/diagnose_neglect/{study}.{protocol}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/diagnose_neglect.{protocol}.fold{fold}.{network}.seed{seed}.jsonl"
    priority: 20  # before the next fit is attributed: up to 130 MB of maps go once this is done
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("diagnose_neglect"),
        components=lookup(within=config, dpath="components"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
    script:
        "../scripts/diagnose_neglect.py"


rule diagnose_classes:
    input:
        model=f"{CLASSES_FIT}/model.safetensors",
        outcomes=f"{CLASSES_FIT}/outcomes.parquet",
        test="results/{study}/random/fold{fold}/mixtures/test.parquet",
        endmembers="results/{study}/endmembers.parquet",
    output:
        neglect=f"{CLASSES_FIT}/neglect_classes.parquet",
    log:
        "results/logs/diagnose_classes/{study}.fold{fold}.{network}.seed{seed}.log",
    benchmark:
        "results/{study}/benchmarks/diagnose_classes.fold{fold}.{network}.seed{seed}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("diagnose_classes"),
        architecture=architecture,
        maps=every_map(),
    script:
        "../scripts/diagnose_classes.py"
