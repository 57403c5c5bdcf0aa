"""Find, before anything is trained, the spectra that contradict their label."""


rule curate_spectra:
    input:
        spectra=PREPROCESSED,
        assignments=beside_snakefile("workflow", "sources", "assignments.csv"),
    output:
        flags=report(
            f"{STUDY}/curation/flags.csv",
            caption="../report/flags.rst",
            category="Data",
            labels={"result": "spectra whose label is in doubt, with evidence"},
        ),
        neighbours=f"{STUDY}/curation/neighbours.csv",
    log:
        f"results/logs/curate_spectra/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/curate_spectra.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        library=library("curate_spectra"),
        curation=lookup(within=config, dpath="curation"),
    script:
        "../scripts/curate_spectra.py"


rule draw_curation:
    input:
        spectra=PREPROCESSED,
        flags=f"{STUDY}/curation/flags.csv",
        neighbours=f"{STUDY}/curation/neighbours.csv",
    output:
        page=f"{STUDY}/curation/flagged.md",
        figure=report(
            f"{STUDY}/curation/flagged.svg",
            caption="../report/flagged.rst",
            category="Data",
            labels={"result": "figure: spectra whose label is in doubt"},
        ),
        histogram=report(
            f"{STUDY}/curation/neighbours.svg",
            caption="../report/neighbours.rst",
            category="Data",
            labels={"result": "figure: near-duplicates"},
        ),
    log:
        f"results/logs/draw_curation/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_curation.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=10,
    params:
        library=library("draw_curation"),
        curation=lookup(within=config, dpath="curation"),
    script:
        "../scripts/draw_curation.py"
