"""Test what the study relies on: that no laboratory can be told by what it did not measure."""


rule probe_laboratories:
    input:
        spectra=[f"{STUDY}/spectra/{source}.parquet" for source in config["sources"]],
        endmembers=f"{STUDY}/endmembers.parquet",
    output:
        csv=report(
            f"{STUDY}/checks/laboratory_signature.csv",
            caption="../report/laboratory_signature.rst",
            category="Data",
            labels={"result": "laboratories told by their range, all figures"},
        ),
        markdown=f"{STUDY}/checks/laboratory_signature.md",
        figure=report(
            f"{STUDY}/checks/laboratory_signature.svg",
            caption="../report/laboratory_signature.rst",
            category="Data",
            labels={"result": "figure: laboratories told by their range"},
        ),
    log:
        f"results/logs/probe_laboratories/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/probe_laboratories.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        library=library("probe_laboratories"),
        components=lookup(within=config, dpath="components"),
        preprocessing=lookup(within=config, dpath="preprocessing"),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/probe_laboratories.py"
