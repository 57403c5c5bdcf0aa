"""Functions that the rules share: checks before anything starts, paths, library inputs."""

import os
import re
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from ftirmix.configuration import check_schema, check_study, narrowed
from ftirmix.rounds import compared_folds, folds_of
from ftirmix.runs import before_planning, finish, finish_failed, slurm_run_of, take_over
from ftirmix.bands import read_bands
from ftirmix.dependencies import architecture_digest, digest_of, modules_of
from ftirmix.errors import StudyError
from ftirmix.identification.shards import answered_for, listing_fingerprint, read_plan
from ftirmix.ingestion import check_own_files
from ftirmix.failures import remember_errors
from ftirmix.jobs import record_owner, release_stale_lock
from ftirmix.model_names import CLASSICAL_NAMES, NETWORK_NAMES
from ftirmix.scheduling import collect_garbage_seldom, one_timer_at_a_time, plain_slurm_states
from ftirmix.sources import read_carriers, read_labels, read_manifest, read_unlabelled

HERE = Path(workflow.basedir)
LIBRARY = HERE / "workflow" / "lib" / "ftirmix"


def beside_snakefile(*parts):
    """Return a file of the workflow by relative path, so that moving the checkout reruns nothing."""
    return os.path.relpath(HERE.joinpath(*parts))


def library(script):
    """Fingerprint the library modules that a script uses; an edit of one reruns its rule."""
    return digest_of(modules_of(HERE / "workflow" / "scripts" / f"{script}.py", LIBRARY))


def architecture(wildcards):
    """Fingerprint the modules of a network's architecture."""
    return architecture_digest(wildcards.network, LIBRARY)


def checked_study():
    """Validate config and manifests; a mistake ends the run with one sentence."""
    # The command line hands over 2026 as a number, 001 as another one, and nothing as None.
    given = config.get("unknown")
    if isinstance(given, (int, float)) and not os.path.exists(str(given)):
        raise WorkflowError(
            f"unknown={given}: there is no such file or folder, and a name of digits loses its zeros on the way here; "
            "put ./ before it, as in unknown=./001"
        )
    config["unknown"] = "" if given is None else str(given)
    try:
        check_schema(config, HERE / "workflow" / "schemas" / "config.schema.yaml")
        config.update(narrowed(config))
        carriers = read_carriers(HERE / "workflow" / "sources" / "carriers.csv")
        sources = read_manifest(
            [HERE / "workflow" / "sources" / "manifest.csv", *map(Path, config["own_sources"])],
            HERE / "workflow" / "schemas" / "source.schema.yaml",
            carriers,
        )
        labels = read_labels(HERE / "workflow" / "sources" / "labels.csv")
        check_study(config, sources, labels, read_bands(HERE / "workflow" / "sources" / "bands.csv"))
        for source in (sources[name] for name in config["sources"]):
            if not source.carrier and source.reader != "simulated":
                check_own_files(source, Path.cwd())
    except StudyError as error:
        raise WorkflowError(str(error)) from None
    return carriers, sources


def take_over_folder():
    """Clear away what a killed run left; one that may be alive ends this one with one sentence."""
    try:
        take_over(workflow, Path(".snakemake"))
    except StudyError as error:
        raise WorkflowError(str(error)) from None


collect_garbage_seldom()

if release_stale_lock(Path(".snakemake")):
    print("removed the lock of a run that was killed", file=sys.stderr)
before_planning(workflow, take_over_folder)
JOB_ERRORS = remember_errors()

CARRIERS, SOURCES = checked_study()
STUDY = f"results/{config['study']}"
PREPROCESSED = [f"{STUDY}/preprocessed/{source}.parquet" for source in config["sources"]]
NETWORKS = [model for model in config["models"] if model in NETWORK_NAMES]
MAPPED = config["attribution"]["models"]
CLASSICAL = [model for model in config["models"] if model in CLASSICAL_NAMES]


onstart:
    record_owner(Path(".snakemake"), slurm_run_of(workflow))
    one_timer_at_a_time(workflow)
    plain_slurm_states()


onsuccess:
    finish(workflow)


onerror:
    finish_failed(workflow, JOB_ERRORS, Path(".snakemake"))


wildcard_constraints:
    carrier=r"[A-Za-z0-9_-]+",
    source=r"[A-Za-z0-9_-]+",
    protocol="specimen|laboratory|measured|random",
    fold=r"\d+",
    seed=r"\d+",
    candidate=r"\d+",
    subset="validation|test|test_as_given",
    network="|".join(NETWORKS) or "none",
    classical="|".join(CLASSICAL) or "none",
    model="|".join(config["models"]),
    cam="|".join(config["attribution"]["cams"]),
    layer=r"block\d+",
    materials=r"all|without\d+",
    name=r"[\w-]+",
    shard=r"\d+",


def carrier_files():
    """Name the downloads that the study's sources need."""
    names = {SOURCES[source].carrier for source in config["sources"]} - {""}
    return [f"results/carriers/{CARRIERS[name].file}" for name in sorted(names)]


def carrier_of(wildcards):
    """Name the download that holds a source, or nothing for a source of the user's own."""
    carrier = SOURCES[wildcards.source].carrier
    return [f"results/carriers/{CARRIERS[carrier].file}"] if carrier else []


def own_files(wildcards):
    """List the files of a user's own source, so that editing one reruns its ingestion."""
    source = SOURCES[wildcards.source]
    if source.carrier:
        return []
    path = Path(source.path)
    return sorted(str(file) for file in path.rglob("*") if file.is_file()) if path.is_dir() else [str(path)]


def seeds_of(model, protocol):
    """List the seeds of a model; a classical one runs once, since most have nothing random left."""
    return [0] if model in CLASSICAL else config["seeds"][protocol]


def first_seed(wildcards):
    """Return the seed that candidates of networks are tried with."""
    return config["seeds"][wildcards.protocol][0]


def candidates_of(wildcards):
    """List the candidates of a classical model that are tried; further ones of its list rerun nothing."""
    return config["models"][wildcards.classical]["candidates"][: config["tuning"]["candidates"][wildcards.protocol]]


def first_candidate(wildcards):
    """Return the options of a network that is not tuned: the first of its list."""
    return config["models"][wildcards.network]["candidates"][0]


def numbered_candidate(wildcards):
    """Return the options of one candidate of a network."""
    return config["models"][wildcards.network]["candidates"][int(wildcards.candidate)]


def candidate_files(wildcards):
    """Name what the candidates of a network reached; further ones of its list rerun nothing."""
    folder = f"results/{wildcards.study}/{wildcards.protocol}/fold{wildcards.fold}/{wildcards.network}"
    return [f"{folder}/candidate{number}.csv" for number in range(config["tuning"]["candidates"][wildcards.protocol])]


def tuning_of(wildcards):
    """Name the choice among a network's candidates, where there is any."""
    if config["tuning"]["candidates"][wildcards.protocol] == 1:
        return []
    return f"results/{wildcards.study}/{wildcards.protocol}/fold{wildcards.fold}/{wildcards.network}/tuning.csv"


def rounds_of(protocols):
    """List (protocol, fold) of protocols."""
    return [[name, fold] for name in protocols for fold in folds_of(config["protocols"], name)]


def every_round(protocols=None):
    """List (protocol, fold) of everything that is compared, or of some protocols of it."""
    return [
        [name, fold]
        for name in config["compared"]
        if protocols is None or name in protocols
        for fold in compared_folds(config, name)
    ]


def random_choices(wildcards):
    """Return the choices of the protocol random to its own jobs, so that they rerun no others."""
    return config["protocols"]["random"] if wildcards.protocol == "random" else None


def answers_by_class(wildcards):
    """Tell whether a model answers with softmax classes, as networks do in the protocol random."""
    return wildcards.protocol == "random" and wildcards.model in NETWORKS


# Contributions of measured mixtures are unknown, so where a network looked has no truth to be held against; the
# softmax classes of the protocol random have no logit per component. Both have one form of the test set only.
COMPOSED = ["specimen", "laboratory"]


def every_fit(models, protocols=None):
    """List (protocol, fold, model, seed) of every fit."""
    return [
        [protocol, fold, model, seed]
        for protocol, fold in every_round(protocols)
        for model in models
        if model in config["compared_models"][protocol]
        for seed in seeds_of(model, protocol)
    ]


def of_every_round(name, protocols=None):
    """Name one file of every round, in the order of :func:`every_round`."""
    return [f"{STUDY}/{protocol}/fold{fold}/{name}" for protocol, fold in every_round(protocols)]


def test_sets(wildcards):
    """Name the test mixtures of a round, curated first; measured ones come in one form only."""
    folder = f"results/{wildcards.study}/{wildcards.protocol}/fold{wildcards.fold}/mixtures"
    names = ["test", "test_as_given"] if wildcards.protocol in COMPOSED else ["test"]
    return [f"{folder}/{name}.parquet" for name in names]


def answered_sets(wildcards):
    """Name all mixtures that a model answers: validation first, then the tests."""
    return [
        f"results/{wildcards.study}/{wildcards.protocol}/fold{wildcards.fold}/mixtures/validation.parquet"
    ] + test_sets(wildcards)


def of_every_fit(name, models, protocols=None):
    """Name one file of every fit, in the order of :func:`every_fit`."""
    return [
        f"{STUDY}/{protocol}/fold{fold}/{model}/seed{seed}/{name}"
        for protocol, fold, model, seed in every_fit(models, protocols)
    ]


def competed(wildcards):
    """Name the files of everything that competed, in the order of :func:`competitors`."""
    return {
        "tests": of_every_round("mixtures/test.parquet"),
        "as_given": of_every_round("mixtures/test_as_given.parquet", COMPOSED),
        "outcomes": of_every_fit("outcomes.parquet", config["models"]),
        "networks": of_every_fit("model.safetensors", NETWORKS),
    }


def competitors():
    """List the rounds and fits whose files :func:`competed` names."""
    return {
        "rounds": every_round(),
        "as_given_rounds": every_round(COMPOSED),
        "fits": every_fit(config["models"]),
    }


def every_map():
    """List (cam, layer) of the study."""
    return [[cam, layer] for cam in config["attribution"]["cams"] for layer in config["attribution"]["layers"]]


def last_layer():
    """Name the last of the study's layers, from which the papers take their maps."""
    return max(config["attribution"]["layers"], key=lambda layer: int(layer.removeprefix("block")))


def stored_maps(fit):
    """Name all maps of a fit; those of earlier layers, up to 29 MB each, go once they are diagnosed."""
    return [
        path if layer == last_layer() else temp(path)
        for cam, layer in every_map()
        for path in [f"{fit}/attribution/{cam}.{layer}.parquet"]
    ]


def neglect_files():
    """Name the tables of neglect of every map and fit, in the order of :func:`neglect_keys`."""
    return [
        path for cam, layer in every_map() for path in of_every_fit(f"neglect/{cam}.{layer}.parquet", MAPPED, COMPOSED)
    ]


def neglect_keys():
    """List (cam, layer, protocol, fold, model, seed) of every table of neglect."""
    return [[*names, *fit] for names in every_map() for fit in every_fit(MAPPED, COMPOSED)]


def of_first_fit(pattern):
    """Name a file of the first protocol, fold, network and seed, of the last attribution method and layer."""
    cam = config["attribution"]["cams"][-1]
    paths = of_every_fit(pattern.format(cam=cam, layer=last_layer()), MAPPED, COMPOSED)
    return paths[0] if paths else []


def reference_network():
    """Name the network that others are held against: the study's reference model, or the first one that is mapped."""
    return config["reference_model"] if config["reference_model"] in MAPPED else (MAPPED or [""])[0]


def of_first_fits():
    """Name the file of every model, as it was fitted first."""
    protocol, fold = every_round()[0]
    return [
        f"{STUDY}/{protocol}/fold{fold}/{model}/seed{seeds_of(model, protocol)[0]}/model."
        + ("safetensors" if model in NETWORKS else "skops")
        for model in config["models"]
    ]


# The plain network and those whose form the papers or the project chose for mixtures: their maps are drawn
# side by side. More rows would fill no page.
PICTURED = ["cnn", "resm2a_cnn", "dcnet_cbam", "towers"]


def pictured_fits():
    """List (protocol, fold, network, seed) of the fits whose maps are drawn: first composed round, first seed."""
    return [
        [protocol, fold, network, seeds_of(network, protocol)[0]]
        for protocol, fold in every_round(COMPOSED)[:1]
        for network in PICTURED
        if network in MAPPED and network in config["compared_models"][protocol]
    ]


def pictured(wildcards):
    """Name the networks whose maps are drawn, in the order of :func:`pictured_fits`, and the mixtures they answer."""
    protocol, fold = pictured_fits()[0][:2]
    return {
        "models": [f"{STUDY}/{p}/fold{f}/{network}/seed{s}/model.safetensors" for p, f, network, s in pictured_fits()],
        "test": f"{STUDY}/{protocol}/fold{fold}/mixtures/test.parquet",
    }


def records_of_fits():
    """Name what the jobs of fitting recorded of their time and memory."""
    return [
        f"{STUDY}/benchmarks/{'train_network' if model in NETWORKS else 'fit_classical'}"
        f".{protocol}.fold{fold}.{model}.seed{seed}.jsonl"
        for protocol, fold, model, seed in every_fit(config["models"])
    ]


def tuning_tables():
    """List ([protocol, fold, model], path) of every table of tuning; one candidate makes none of a network."""
    tried = config["tuning"]["candidates"]
    return [
        (
            [protocol, fold, model],
            f"{STUDY}/{protocol}/fold{fold}/{model}/{'seed0/' if model in CLASSICAL else ''}tuning.csv",
        )
        for protocol, fold in every_round()
        for model in config["compared_models"][protocol]
        if model in CLASSICAL or tried[protocol] > 1
    ]


def benchmark_sets():
    """List (protocol, fold, subset) of the benchmark, which holds all protocols, compared or not."""
    return [
        [protocol, fold, subset]
        for protocol, fold in rounds_of(config["protocols"])
        for subset in ["validation", "test", *(["test_as_given"] if protocol in COMPOSED else [])]
    ]


def shuffled_fits():
    """List (network, number) of the fits on shuffled labels."""
    tests = config["null_tests"]
    networks = [model for model in tests["models"] if model in NETWORKS]
    return [[network, fit] for network in networks for fit in range(tests["shuffled_fits"])]


def of_shuffled_fits(name):
    """Name one file of every fit on shuffled labels, all of them of the first tested fold."""
    fold = compared_folds(config, "specimen")[0]
    return [f"{STUDY}/specimen/fold{fold}/{network}/shuffled{fit}/{name}" for network, fit in shuffled_fits()]


def ablated_networks():
    """List the networks whose SSG-CAM is ablated, as far as they are compared."""
    return [model for model in config["attribution"]["ssg_ablation"] if model in MAPPED]


def left_out_laboratory(wildcards):
    """Name the laboratory that a round leaves out, or none."""
    if wildcards.protocol != "laboratory":
        return None
    return config["protocols"]["laboratory"]["left_out"][int(wildcards.fold)]


def identifier_folder(protocol, materials):
    """Name the folder of one network that knows foreign material."""
    choice = config["identifier"]
    left_out = config["protocols"].get("laboratory", {}).get("left_out", [])
    if protocol == "laboratory" and choice["left_out"] not in left_out:
        raise WorkflowError(f"config: identifier.left_out is {choice['left_out']!r}; protocols.laboratory leaves it in")
    fold = choice["fold"] if protocol == "specimen" else left_out.index(choice["left_out"])
    network = choice["network"]
    return f"{STUDY}/identifier/{protocol}.fold{fold}.{materials}/{network}/seed{choice['seed']}"


def identifier_files(protocol, materials):
    """Name the files of a calibrated identifier: network, references, description."""
    folder = f"{identifier_folder(protocol, materials)}/identifier"
    return [f"{folder}/{name}" for name in ("network.safetensors", "library.safetensors", "identifier.json")]


def held_back():
    """Name the choices of foreign materials that hold back one part of the families each."""
    return [f"without{part}" for part in range(config["identifier"]["parts"])]


def networks_without(wildcards):
    """Name the networks that were not shown one part of the foreign families, for the one that was shown all."""
    if wildcards.materials != "all" or wildcards.protocol != "specimen":
        return []
    fit = "results/{study}/identifier/{protocol}.fold{fold}.{part}/{network}/seed{seed}/model.safetensors"
    return [fit.format(**dict(wildcards.items()), part=part) for part in held_back()]


def identifiers(wildcards):
    """Name everything that is needed to judge an identifier: itself, those not shown a part of the families, one without a laboratory, and tests."""
    choice = config["identifier"]
    fold = config["protocols"]["laboratory"]["left_out"].index(choice["left_out"])
    folders = [f"{STUDY}/specimen/fold{choice['fold']}", f"{STUDY}/laboratory/fold{fold}"]
    return {
        "whole": identifier_files("specimen", "all"),
        "without": [identifier_files("specimen", materials)[0] for materials in held_back()],
        "elsewhere": identifier_files("laboratory", "all"),
        "tests": [f"{folder}/mixtures/test.parquet" for folder in folders],
    }


def unlabelled_source(wildcards):
    """Return the row of workflow/sources/unlabelled.csv on the laboratory that the second identifier leaves out."""
    rows = read_unlabelled(HERE / "workflow" / "sources" / "unlabelled.csv")
    return rows.get(config["identifier"]["left_out"])


def unlabelled_files(wildcards):
    """Name the download that holds unlabelled spectra of the left-out laboratory, and its labelled ones."""
    source = unlabelled_source(wildcards)
    return {
        "carrier": f"results/carriers/{CARRIERS[source['carrier']].file}",
        "labelled": f"{STUDY}/preprocessed/{source['labelled_source']}.parquet",
    }


def sea_surface(wildcards):
    """Name the table of agreement with a left-out laboratory's labels, where it has unlabelled spectra as well."""
    source = unlabelled_source(wildcards)
    known = source is not None and source["labelled_source"] in config["sources"]
    return [f"{STUDY}/identifier/sea_surface.csv"] if known else []


def identified():
    """Name everything that identifying the spectra of the config's ``unknown`` makes."""
    if not config["unknown"]:
        raise WorkflowError(
            "which spectra? name their folder, a file or a pattern: snakemake --cores all identify --config "
            "unknown=FOLDER"
        )
    name = identification_name()
    folder = f"results/identify/{name}"
    other = answered_for(Path(folder), config["unknown"])
    if other:
        again = shlex.quote(f"unknown={config['unknown']}")
        raise WorkflowError(
            f"{folder} holds the answers for {other}; choose another name for those of {config['unknown']}: "
            f"--config {again} identify='{{name: {name}_2}}'"
        )
    return [
        f"{folder}/{name}" for name in ("predictions.csv", "predictions.parquet", "particles.csv", "counts.csv")
    ] + [f"{folder}/maps", f"{folder}/identification.html", f"{folder}/confirmed.txt"]


def identification_name():
    """Name the folder of the results: as the config says, or after the folder or file of the spectra."""
    if config["identify"]["name"]:
        return config["identify"]["name"]
    parts = [part for part in Path(config["unknown"]).parts if not set(part) & set("*?[")]
    stem = Path(os.path.abspath(os.path.join(*parts or ["."]))).stem
    return re.sub(r"[^\w-]+", "_", stem).strip("_") or "spectra"


def listed_spectra(wildcards):
    """Fingerprint the user's spectra; another one plans anew."""
    try:
        return listing_fingerprint(config["unknown"])
    except (FileNotFoundError, OSError) as error:
        return str(error)


def shards_of(kind):
    """Return the function that names the files of all shards, once they are planned."""

    def names(wildcards):
        plan = read_plan(Path(checkpoints.plan_shards.get(name=wildcards.name).output.shards))
        folder = f"results/identify/{wildcards.name}/shards"
        return [f"{folder}/{shard}.{kind}" for shard in sorted(plan["shard"].unique())]

    return names


def comparison_outputs():
    """Name the final tables and figures."""
    tables = ["models", "detection_limits", "differences", "null_tests", "costs"]
    tables += ["attribution", "map_prediction", "neglect", "neglect_instrument", "neglect_pairs"] if MAPPED else []
    tables += ["map_networks"] if len(MAPPED) > 1 else []
    tables += ["neglect_classes"] if MAPPED and "random" in config["compared"] else []
    tables += ["tuning"] if max(config["tuning"]["candidates"].values()) > 1 else []
    tables += ["ssg_ablation"] if ablated_networks() else []
    figures = ["detection_limits", "forest", "recall"]
    figures += ["neglect", "neglect_pairs", "examples"] if MAPPED else []
    figures += ["maps"] if pictured_fits() else []
    return (
        [f"{STUDY}/comparison/{table}.{kind}" for table in tables for kind in ("csv", "parquet", "md")]
        + [f"{STUDY}/comparison/{figure}.svg" for figure in figures]
        + [f"{STUDY}/comparison/hard_spectra.{kind}" for kind in ("csv", "md")]
        + [f"{STUDY}/curation/{name}" for name in ("flagged.md", "flagged.svg", "neighbours.svg")]
        + [f"{STUDY}/endmembers.{kind}" for kind in ("csv", "md", "svg")]
        + [f"{STUDY}/checks/laboratory_signature.{kind}" for kind in ("csv", "md", "svg")]
    )
