"""The final tables and figures."""


rule compare_models:
    input:
        unpack(competed),
        detection=f"{STUDY}/comparison/detection_limits.parquet",
    output:
        csv=report(
            f"{STUDY}/comparison/models.csv",
            caption="../report/models.rst",
            category="Comparison",
            labels={"result": "models, all figures"},
        ),
        parquet=f"{STUDY}/comparison/models.parquet",
        markdown=f"{STUDY}/comparison/models.md",
    log:
        f"results/logs/compare_models/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_models.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_models"),
        trials=competitors(),
        components=lookup(within=config, dpath="components"),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_models.py"


rule compare_detection:
    input:
        unpack(competed),
    output:
        csv=report(
            f"{STUDY}/comparison/detection_limits.csv",
            caption="../report/detection_limits.rst",
            category="Comparison",
            labels={"result": "detection limits"},
        ),
        parquet=f"{STUDY}/comparison/detection_limits.parquet",
        markdown=f"{STUDY}/comparison/detection_limits.md",
    log:
        f"results/logs/compare_detection/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_detection.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_detection"),
        trials=competitors(),
        components=lookup(within=config, dpath="components"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_detection.py"


rule compare_pairwise:
    input:
        unpack(competed),
    output:
        csv=report(
            f"{STUDY}/comparison/differences.csv",
            caption="../report/differences.rst",
            category="Comparison",
            labels={"result": "models against the reference"},
        ),
        parquet=f"{STUDY}/comparison/differences.parquet",
        markdown=f"{STUDY}/comparison/differences.md",
    log:
        f"results/logs/compare_pairwise/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_pairwise.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_pairwise"),
        trials=competitors(),
        components=lookup(within=config, dpath="components"),
        reference=lookup(within=config, dpath="reference_model"),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_pairwise.py"


# The only rule whose figures follow the machine: nothing else reads them.
rule compare_costs:
    input:
        models=of_first_fits(),
        records=records_of_fits(),
        test=of_every_round("mixtures/test.parquet")[0],
    output:
        csv=report(
            f"{STUDY}/comparison/costs.csv",
            caption="../report/costs.rst",
            category="Comparison",
            labels={"result": "costs"},
        ),
        parquet=f"{STUDY}/comparison/costs.parquet",
        markdown=f"{STUDY}/comparison/costs.md",
    log:
        f"results/logs/compare_costs/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_costs.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_costs"),
        models=list(config["models"]),
    script:
        "../scripts/compare_costs.py"


rule compare_tuning:
    input:
        tuning=[path for _, path in tuning_tables()],
    output:
        csv=report(
            f"{STUDY}/comparison/tuning.csv",
            caption="../report/tuning.rst",
            category="Comparison",
            labels={"result": "tuning on validation mixtures"},
        ),
        parquet=f"{STUDY}/comparison/tuning.parquet",
        markdown=f"{STUDY}/comparison/tuning.md",
    log:
        f"results/logs/compare_tuning/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_tuning.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("compare_tuning"),
        fits=[key for key, _ in tuning_tables()],
        level=lookup(within=config, dpath="statistics/level"),
    script:
        "../scripts/compare_tuning.py"


rule compare_spectra:
    input:
        unpack(competed),
    output:
        csv=report(
            f"{STUDY}/comparison/hard_spectra.csv",
            caption="../report/hard_spectra.rst",
            category="Comparison",
            labels={"result": "errors by spectrum"},
        ),
        markdown=f"{STUDY}/comparison/hard_spectra.md",
    log:
        f"results/logs/compare_spectra/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_spectra.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_spectra"),
        trials=competitors(),
        components=lookup(within=config, dpath="components"),
        reference=lookup(within=config, dpath="reference_model"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
    script:
        "../scripts/compare_spectra.py"


rule compare_neglect:
    input:
        neglect=neglect_files(),
    output:
        csv=report(
            f"{STUDY}/comparison/neglect.csv",
            caption="../report/neglect.rst",
            category="Comparison",
            labels={"result": "neglect, all figures"},
        ),
        parquet=f"{STUDY}/comparison/neglect.parquet",
        markdown=f"{STUDY}/comparison/neglect.md",
    log:
        f"results/logs/compare_neglect/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_neglect.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_neglect"),
        maps=neglect_keys(),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_neglect.py"


rule compare_maps:
    input:
        scores=of_every_fit("map_scores.parquet", MAPPED, COMPOSED),
    output:
        csv=report(
            f"{STUDY}/comparison/attribution.csv",
            caption="../report/attribution.rst",
            category="Comparison",
            labels={"result": "attribution maps against the truth, all figures"},
        ),
        parquet=f"{STUDY}/comparison/attribution.parquet",
        markdown=f"{STUDY}/comparison/attribution.md",
    log:
        f"results/logs/compare_maps/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_maps.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        library=library("compare_maps"),
        fits=every_fit(MAPPED, COMPOSED),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_maps.py"


# Whether one network looks at minor components more than another: needs two networks at least.
rule compare_map_networks:
    input:
        scores=of_every_fit("map_scores.parquet", MAPPED, COMPOSED),
    output:
        csv=report(
            f"{STUDY}/comparison/map_networks.csv",
            caption="../report/map_networks.rst",
            category="Comparison",
            labels={"result": "attribution maps of networks against each other"},
        ),
        parquet=f"{STUDY}/comparison/map_networks.parquet",
        markdown=f"{STUDY}/comparison/map_networks.md",
    log:
        f"results/logs/compare_map_networks/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_map_networks.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        library=library("compare_map_networks"),
        fits=every_fit(MAPPED, COMPOSED),
        reference=reference_network(),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_map_networks.py"


rule predict_hits:
    input:
        scores=of_every_fit("map_scores.parquet", MAPPED, COMPOSED),
        outcomes=of_every_fit("outcomes.parquet", MAPPED, COMPOSED),
    output:
        csv=report(
            f"{STUDY}/comparison/map_prediction.csv",
            caption="../report/map_prediction.rst",
            category="Comparison",
            labels={"result": "hits predicted from attribution maps, across pairs"},
        ),
        parquet=f"{STUDY}/comparison/map_prediction.parquet",
        markdown=f"{STUDY}/comparison/map_prediction.md",
    log:
        f"results/logs/predict_hits/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/predict_hits.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=6000,
        runtime=30,
    params:
        library=library("predict_hits"),
        fits=every_fit(MAPPED, COMPOSED),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/predict_hits.py"


rule compare_ssg:
    input:
        scores=of_every_fit("ssg_ablation.parquet", ablated_networks(), COMPOSED),
    output:
        csv=report(
            f"{STUDY}/comparison/ssg_ablation.csv",
            caption="../report/ssg_ablation.rst",
            category="Comparison",
            labels={"result": "SSG-CAM by order and smoothing"},
        ),
        parquet=f"{STUDY}/comparison/ssg_ablation.parquet",
        markdown=f"{STUDY}/comparison/ssg_ablation.md",
    log:
        f"results/logs/compare_ssg/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_ssg.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_ssg"),
        fits=every_fit(ablated_networks(), COMPOSED),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_ssg.py"


rule compare_instruments:
    input:
        neglect=neglect_files(),
    output:
        csv=report(
            f"{STUDY}/comparison/neglect_instrument.csv",
            caption="../report/neglect_instrument.rst",
            category="Comparison",
            labels={"result": "neglect, instruments and layers against each other"},
        ),
        parquet=f"{STUDY}/comparison/neglect_instrument.parquet",
        markdown=f"{STUDY}/comparison/neglect_instrument.md",
    log:
        f"results/logs/compare_instruments/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_instruments.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_instruments"),
        maps=neglect_keys(),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_instruments.py"


rule compare_pairs:
    input:
        neglect=neglect_files(),
    output:
        csv=report(
            f"{STUDY}/comparison/neglect_pairs.csv",
            caption="../report/neglect_pairs.rst",
            category="Comparison",
            labels={"result": "neglect and recall, component by partner"},
        ),
        parquet=f"{STUDY}/comparison/neglect_pairs.parquet",
        markdown=f"{STUDY}/comparison/neglect_pairs.md",
    log:
        f"results/logs/compare_pairs/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_pairs.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_pairs"),
        maps=neglect_keys(),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_pairs.py"


rule compare_classes:
    input:
        neglect=of_every_fit("neglect_classes.parquet", MAPPED, ["random"]),
    output:
        csv=report(
            f"{STUDY}/comparison/neglect_classes.csv",
            caption="../report/neglect_classes.rst",
            category="Comparison",
            labels={"result": "neglect in the papers' form"},
        ),
        parquet=f"{STUDY}/comparison/neglect_classes.parquet",
        markdown=f"{STUDY}/comparison/neglect_classes.md",
    log:
        f"results/logs/compare_classes/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/compare_classes.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=3000,
        runtime=20,
    params:
        library=library("compare_classes"),
        fits=every_fit(MAPPED, ["random"]),
        share_bins=lookup(within=config, dpath="mixtures/share_bins"),
        lowest_share=lookup(within=config, dpath="protocols/random/lowest_share", default=None),
        statistics=lookup(within=config, dpath="statistics"),
    script:
        "../scripts/compare_classes.py"


rule draw_pairs:
    input:
        pairs=f"{STUDY}/comparison/neglect_pairs.parquet",
    output:
        report(
            f"{STUDY}/comparison/neglect_pairs.svg",
            caption="../report/neglect_pairs.rst",
            category="Comparison",
            labels={"result": "figure: neglect and recall, component by partner"},
        ),
    log:
        f"results/logs/draw_pairs/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_pairs.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("draw_pairs"),
        components=lookup(within=config, dpath="components"),
    script:
        "../scripts/draw_pairs.py"


rule draw_detection:
    input:
        detection=f"{STUDY}/comparison/detection_limits.parquet",
    output:
        report(
            f"{STUDY}/comparison/detection_limits.svg",
            caption="../report/detection_figure.rst",
            category="Comparison",
            labels={"result": "figure: detection limits"},
        ),
    log:
        f"results/logs/draw_detection/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_detection.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("draw_detection"),
        components=lookup(within=config, dpath="components"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
        level=lookup(within=config, dpath="statistics/level"),
    script:
        "../scripts/draw_detection.py"


rule draw_forest:
    input:
        models=f"{STUDY}/comparison/models.parquet",
        differences=f"{STUDY}/comparison/differences.parquet",
    output:
        report(
            f"{STUDY}/comparison/forest.svg",
            caption="../report/forest.rst",
            category="Comparison",
            labels={"result": "figure: models side by side"},
        ),
    log:
        f"results/logs/draw_forest/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_forest.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("draw_forest"),
        reference=lookup(within=config, dpath="reference_model"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
        level=lookup(within=config, dpath="statistics/level"),
    script:
        "../scripts/draw_forest.py"


rule draw_recall:
    input:
        models=f"{STUDY}/comparison/models.parquet",
    output:
        report(
            f"{STUDY}/comparison/recall.svg",
            caption="../report/recall.rst",
            category="Comparison",
            labels={"result": "figure: minor components found"},
        ),
    log:
        f"results/logs/draw_recall/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_recall.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("draw_recall"),
        components=lookup(within=config, dpath="components"),
        highest_rates=lookup(within=config, dpath="thresholds/highest_false_positive_rates"),
        level=lookup(within=config, dpath="statistics/level"),
    script:
        "../scripts/draw_recall.py"


rule draw_neglect:
    input:
        neglect=f"{STUDY}/comparison/neglect.parquet",
    output:
        report(
            f"{STUDY}/comparison/neglect.svg",
            caption="../report/neglect_figure.rst",
            category="Comparison",
            labels={"result": "figure: neglect of the minor component"},
        ),
    log:
        f"results/logs/draw_neglect/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_neglect.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("draw_neglect"),
        level=lookup(within=config, dpath="statistics/level"),
    script:
        "../scripts/draw_neglect.py"


rule draw_examples:
    input:
        test=of_every_round("mixtures/test.parquet")[0],
        endmembers=f"{STUDY}/endmembers.parquet",
        maps=of_first_fit("attribution/{cam}.{layer}.parquet"),
        neglect=of_first_fit("neglect/{cam}.{layer}.parquet"),
    output:
        report(
            f"{STUDY}/comparison/examples.svg",
            caption="../report/examples.rst",
            category="Comparison",
            labels={"result": "figure: mixtures with attribution maps"},
        ),
    log:
        f"results/logs/draw_examples/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_examples.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("draw_examples"),
        cam=config["attribution"]["cams"][-1],
        components=lookup(within=config, dpath="components"),
    script:
        "../scripts/draw_examples.py"


rule draw_maps:
    input:
        unpack(pictured),
        endmembers=f"{STUDY}/endmembers.parquet",
        assignments=beside_snakefile("workflow", "sources", "assignments.csv"),
    output:
        report(
            f"{STUDY}/comparison/maps.svg",
            caption="../report/maps.rst",
            category="Comparison",
            labels={"result": "figure: maps of several networks on the same mixtures"},
        ),
    log:
        f"results/logs/draw_maps/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/draw_maps.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        library=library("draw_maps"),
        networks=[network for _, _, network, _ in pictured_fits()],
        components=lookup(within=config, dpath="components"),
    script:
        "../scripts/draw_maps.py"


rule write_page:
    input:
        comparison_outputs(),
        template=beside_snakefile("workflow", "report", "study.html.j2"),
    output:
        page=f"{STUDY}/report.html",
    log:
        f"results/logs/write_page/{config['study']}.log",
    benchmark:
        f"{STUDY}/benchmarks/write_page.jsonl"
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        library=library("write_page"),
        config=config,
        networks=len(MAPPED),
        maps=bool(pictured_fits()),
        ablated=bool(ablated_networks()),
    script:
        "../scripts/write_page.py"


rule record_provenance:
    input:
        comparison_outputs(),
    output:
        provenance=f"{STUDY}/provenance.json",
    log:
        f"results/logs/record_provenance/{config['study']}.log",
    conda:
        "../../envs/ftirmix.yaml"
    resources:
        mem_mb=500,
        runtime=10,
    params:
        library=library("record_provenance"),
        checkout=beside_snakefile("."),
        config=config,
    script:
        "../scripts/record_provenance.py"
