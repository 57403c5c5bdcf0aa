"""Bring every source's spectra to absorbance on one wavenumber grid."""


rule preprocess_source:
    input:
        spectra="results/{study}/spectra/{source}.parquet",
    output:
        spectra="results/{study}/preprocessed/{source}.parquet",
        rejected="results/{study}/preprocessed/{source}.rejected.csv",
    log:
        "results/logs/preprocess_source/{study}.{source}.log",
    benchmark:
        "results/{study}/benchmarks/preprocess_source.{source}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=20,
    params:
        library=library("preprocess_source"),
        preprocessing=lookup(within=config, dpath="preprocessing"),
    script:
        "../scripts/preprocess_source.py"
