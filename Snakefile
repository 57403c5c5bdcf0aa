"""ftirmix: which polymers are in a mixed microplastic spectrum, and where did the network look?"""


configfile: "config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/ingest.smk"
include: "workflow/rules/preprocess.smk"
include: "workflow/rules/curate.smk"
include: "workflow/rules/split.smk"
include: "workflow/rules/probe.smk"
include: "workflow/rules/mix.smk"
include: "workflow/rules/freeze.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/nulls.smk"
include: "workflow/rules/attribute.smk"
include: "workflow/rules/compare.smk"
include: "workflow/rules/identifier.smk"
include: "workflow/rules/identify.smk"


localrules:
    all,
    prefetch,
    tune,
    benchmark,
    identify,
    # Seconds each, and others wait for the first: not worth a job of a cluster.
    choose_network,
    compare_tuning,
    write_card,
    write_page,
    record_provenance,


rule all:
    default_target: True
    input:
        f"{STUDY}/report.html",
        f"{STUDY}/provenance.json",


rule tune:
    input:
        f"{STUDY}/comparison/tuning.md",


rule prefetch:
    input:
        carrier_files(),


rule identify:
    input:
        lambda wildcards: identified(),
