"""Attribute logits to wavenumbers, and diagnose how much the minor component is neglected."""


rule attribute_components:
    input:
        model=f"{NETWORK_FIT}/model.safetensors",
        test="results/{study}/{protocol}/fold{fold}/mixtures/test.parquet",
        endmembers="results/{study}/endmembers.parquet",
    output:
        maps=f"{NETWORK_FIT}/attribution/{{cam}}.{{layer}}.parquet",
    log:
        "results/logs/attribute_components/{study}.{protocol}.fold{fold}.{network}.seed{seed}.{cam}.{layer}.log",
    benchmark:
        "results/{study}/benchmarks/attribute_components.{protocol}.fold{fold}.{network}.seed{seed}.{cam}.{layer}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("attribute_components"),
        architecture=architecture,
    script:
        "../scripts/attribute_components.py"


rule diagnose_neglect:
    input:
        maps=f"{NETWORK_FIT}/attribution/{{cam}}.{{layer}}.parquet",
        outcomes=f"{NETWORK_FIT}/outcomes.parquet",
        test="results/{study}/{protocol}/fold{fold}/mixtures/test.parquet",
        endmembers="results/{study}/endmembers.parquet",
    output:
        neglect=f"{NETWORK_FIT}/neglect/{{cam}}.{{layer}}.parquet",
    log:
        "results/logs/diagnose_neglect/{study}.{protocol}.fold{fold}.{network}.seed{seed}.{cam}.{layer}.log",
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
