"""Identify a laboratory's own spectra: list, shard, answer, gather, show."""

IDENTIFIED = "results/identify/{name}"
PRETRAINED = [
    beside_snakefile("workflow", "pretrained", name)
    for name in ("network.safetensors", "library.safetensors", "identifier.json")
]
# A shard that fails is tried once more; after that its files are reported as unreadable and the others finish.
RETRIES = 1


checkpoint plan_shards:
    output:
        shards=f"{IDENTIFIED}/shards.csv",
        left_out=f"{IDENTIFIED}/left_out.csv",
    log:
        "results/logs/plan_shards/{name}.log",
    benchmark:
        "results/identify/{name}/benchmarks/plan_shards.jsonl"
    localrule: True
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        library=library("plan_shards"),
        where=lookup(within=config, dpath="unknown"),
        listing=listed_spectra,
        per_shard=lookup(within=config, dpath="identify/spectra_per_job"),
    script:
        "../scripts/plan_shards.py"


rule identify_shard:
    input:
        shards=f"{IDENTIFIED}/shards.csv",
        identifier=PRETRAINED,
        bands=beside_snakefile("workflow", "sources", "bands.csv"),
    output:
        # A shard's own part of every table: joining them is all that one job has to do for all spectra.
        predictions_csv=temp(f"{IDENTIFIED}/shards/{{shard}}.predictions.csv"),
        predictions_parquet=temp(f"{IDENTIFIED}/shards/{{shard}}.predictions.parquet"),
        particles_csv=temp(f"{IDENTIFIED}/shards/{{shard}}.particles.csv"),
        counts=temp(f"{IDENTIFIED}/shards/{{shard}}.counts.csv"),
        placed=temp(f"{IDENTIFIED}/shards/{{shard}}.placed.parquet"),
        shown=temp(f"{IDENTIFIED}/shards/{{shard}}.shown.parquet"),
        evidence=temp(f"{IDENTIFIED}/shards/{{shard}}.evidence.parquet"),
    log:
        "results/logs/identify_shard/{name}.{shard}.log",
    benchmark:
        "results/identify/{name}/benchmarks/{shard}.jsonl"
    retries: RETRIES
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=120,
        tries=lambda wildcards, attempt: attempt,
    params:
        library=library("identify_shard"),
        child=digest_of(modules_of(LIBRARY / "identification" / "run_shard.py", LIBRARY)),
        where=lookup(within=config, dpath="unknown"),
        page_spectra=lookup(within=config, dpath="identify/page_spectra"),
        retries=RETRIES,
    script:
        "../scripts/identify_shard.py"


rule gather_answers:
    input:
        predictions_csv=shards_of("predictions.csv"),
        predictions_parquet=shards_of("predictions.parquet"),
        particles_csv=shards_of("particles.csv"),
        counts=shards_of("counts.csv"),
        left_out=f"{IDENTIFIED}/left_out.csv",
        identifier=PRETRAINED,
    output:
        predictions_csv=f"{IDENTIFIED}/predictions.csv",
        predictions_parquet=f"{IDENTIFIED}/predictions.parquet",
        particles_csv=f"{IDENTIFIED}/particles.csv",
        counts=f"{IDENTIFIED}/counts.csv",
    log:
        "results/logs/gather_answers/{name}.log",
    benchmark:
        "results/identify/{name}/benchmarks/gather_answers.jsonl"
    localrule: True
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        library=library("gather_answers"),
    script:
        "../scripts/gather_answers.py"


rule draw_pixels:
    input:
        shards=shards_of("placed.parquet"),
        identifier=PRETRAINED,
    output:
        maps=directory(f"{IDENTIFIED}/maps"),  # a PNG per map file: only the spectra tell how many there are
        pixels=temp(f"{IDENTIFIED}/pixels.parquet"),
    log:
        "results/logs/draw_pixels/{name}.log",
    benchmark:
        "results/identify/{name}/benchmarks/draw_pixels.jsonl"
    localrule: True
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1500,
        runtime=60,
    params:
        library=library("draw_pixels"),
    script:
        "../scripts/draw_pixels.py"


rule write_identification:
    input:
        shown=shards_of("shown.parquet"),
        evidence=shards_of("evidence.parquet"),
        left_out=f"{IDENTIFIED}/left_out.csv",
        counts=f"{IDENTIFIED}/counts.csv",
        pixels=f"{IDENTIFIED}/pixels.parquet",
        identifier=PRETRAINED,
        assignments=beside_snakefile("workflow", "sources", "assignments.csv"),
        template=beside_snakefile("workflow", "report", "identification.html.j2"),
        inlined=[
            beside_snakefile("workflow", "report", f"identification{part}") for part in (".js", "_images.js", ".css")
        ],
    output:
        page=f"{IDENTIFIED}/identification.html",
    log:
        "results/logs/write_identification/{name}.log",
    benchmark:
        "results/identify/{name}/benchmarks/write_identification.jsonl"
    localrule: True
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1500,
        runtime=20,
    params:
        library=library("write_identification"),
        where=lookup(within=config, dpath="unknown"),
        page_spectra=lookup(within=config, dpath="identify/page_spectra"),
    script:
        "../scripts/write_identification.py"


rule confirm_read:
    input:
        counts=f"{IDENTIFIED}/counts.csv",
        particles=f"{IDENTIFIED}/particles.csv",
        page=f"{IDENTIFIED}/identification.html",
    output:
        confirmed=temp(f"{IDENTIFIED}/confirmed.txt"),
    log:
        "results/logs/confirm_read/{name}.log",
    benchmark:
        "results/identify/{name}/benchmarks/confirm_read.jsonl"
    localrule: True
    conda:
        "../../envs/ftirmix.yaml"
    params:
        library=library("confirm_read"),
    script:
        "../scripts/confirm_read.py"
