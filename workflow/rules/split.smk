"""Choose the endmembers, join near-duplicates to specimens, deal specimens into folds."""


rule select_endmembers:
    input:
        spectra=PREPROCESSED,
        flags=f"{STUDY}/curation/flags.csv",
        rejected=expand(
            f"{STUDY}/{{stage}}/{{source}}.rejected.csv",
            stage=["spectra", "preprocessed"],
            source=config["sources"],
        ),
    output:
        endmembers=f"{STUDY}/endmembers.parquet",
        rejected=report(
            f"{STUDY}/rejected.csv",
            caption="../report/rejected.rst",
            category="Data",
            labels={"result": "spectra left out, with reasons"},
        ),
    log:
        f"results/logs/select_endmembers/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/select_endmembers.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        library=library("select_endmembers"),
        components=lookup(within=config, dpath="components"),
        conditions=lookup(within=config, dpath="conditions"),
        exclude=lookup(within=config, dpath="exclude"),
        cosine=lookup(within=config, dpath="curation/near_duplicate_cosine"),
        recorded_cosine=lookup(within=config, dpath="curation/recorded_cosine"),
    script:
        "../scripts/select_endmembers.py"


rule count_endmembers:
    input:
        endmembers=f"{STUDY}/endmembers.parquet",
    output:
        csv=report(
            f"{STUDY}/endmembers.csv",
            caption="../report/endmembers.rst",
            category="Data",
            labels={"result": "endmembers and specimens"},
        ),
        markdown=f"{STUDY}/endmembers.md",
        figure=report(
            f"{STUDY}/endmembers.svg",
            caption="../report/endmembers.rst",
            category="Data",
            labels={"result": "figure: endmembers and specimens"},
        ),
    log:
        f"results/logs/count_endmembers/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/count_endmembers.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("count_endmembers"),
        components=lookup(within=config, dpath="components"),
    script:
        "../scripts/count_endmembers.py"


rule split_endmembers:
    input:
        endmembers="results/{study}/endmembers.parquet",
        spectra=lambda wildcards: PREPROCESSED if wildcards.protocol == "measured" else [],
    output:
        split="results/{study}/{protocol}/split.csv",
    log:
        "results/logs/split_endmembers/{study}.{protocol}.log",
    benchmark:
        "results/{study}/benchmarks/split_endmembers.{protocol}.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("split_endmembers"),
        components=lookup(within=config, dpath="components"),
        # Of its own protocol only, so that another laboratory reruns nothing of the others.
        choices=lookup(within=config, dpath="protocols/{protocol}"),
        twins=config["mixtures"]["same_polymer_per_component"] > 0,
        folds=lookup(within=config, dpath="split/folds"),
        seed=lookup(within=config, dpath="split/seed"),
    script:
        "../scripts/split_endmembers.py"
