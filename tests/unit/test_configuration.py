"""The config: the repository's own passes, every mistake gets one sentence that names its key."""

import copy
import dataclasses
import typing
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from snakemake.utils import update_config

from ftirmix.bands import read_bands
from ftirmix.classical.registry import METHODS
from ftirmix.configuration import check_schema, check_study, narrowed
from ftirmix.errors import StudyError
from ftirmix.model_names import MODEL_NAMES, NETWORK_NAMES
from ftirmix.models import build
from ftirmix.settings import (
    CurationSettings,
    MixtureSettings,
    NuisanceSettings,
    PreprocessingSettings,
    SimulatorSettings,
    StatisticsSettings,
    TrainingSettings,
    TrainingShares,
    settings,
)
from ftirmix.sources import Source, read_carriers, read_labels, read_manifest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "workflow" / "sources"
SCHEMA = ROOT / "workflow" / "schemas" / "config.schema.yaml"
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text())
STUDIES = {path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / "workflow" / "studies").glob("*.yaml")}
ONE_FOLD = {"specimen": {"tested_folds": [0]}}
SIMULATOR = yaml.safe_load(
    "{laboratories: 2, specimens: 5, height_sd: 0.1, width_sd: 0.1, position_sd_cm1: 1, dispersion_k_sd: 0.02, "
    "open_components: [PMMA], open_specimens: 2, seed: 1}"
) | {"nuisance": CONFIG["mixtures"]["nuisance"]}


@pytest.fixture(scope="module")
def check():
    """Check a config as the workflow does before anything starts."""
    carriers = read_carriers(SOURCES / "carriers.csv")
    manifest = read_manifest([SOURCES / "manifest.csv"], ROOT / "workflow" / "schemas" / "source.schema.yaml", carriers)
    labels, bands = read_labels(SOURCES / "labels.csv"), read_bands(SOURCES / "bands.csv")

    def run(config):
        check_schema(config, SCHEMA)
        check_study(narrowed(config), manifest, labels, bands)

    return run


def changed(**changes):
    """Copy the repository's config with values replaced; `split__folds` means split.folds."""
    config = copy.deepcopy(CONFIG)
    for path, value in changes.items():
        *sections, key = path.split("__")
        section = config
        for name in sections:
            section = section[name]
        section[key] = value
    return config


def without(path):
    """Copy the repository's config without one key."""
    config = copy.deepcopy(CONFIG)
    *sections, key = path.split(".")
    section = config
    for name in sections:
        section = section[name]
    del section[key]
    return config


def test_the_repository_s_config_passes(check):
    check(CONFIG)


@pytest.mark.parametrize("name", STUDIES)
def test_the_studies_pass(check, name):
    config = copy.deepcopy(CONFIG)
    update_config(config, STUDIES[name])  # as snakemake lays one config file over another
    check(config)


@pytest.mark.parametrize("study", [CONFIG, STUDIES["ablations"]], ids=["config", "ablations"])
def test_every_candidate_of_a_network_can_be_built(study):
    for name in set(NETWORK_NAMES) & set(study["models"]):
        for candidate in study["models"][name]["candidates"]:
            options = {key: value for key, value in candidate.items() if key != "learning_rate"}
            network = build(name, np.arange(680.0, 3169.0, 4.0), 7, options).eval()
            assert network(torch.rand(2, 623))[0].shape == (2, 7)
            assert {"block1", "block2", "block3"} <= set(network.layers)


def test_a_simulated_study_passes(check):
    check(simulating())


def test_open_components_may_be_components_or_hard_negatives_of_a_study(check):
    names = ["PMMA", "PC", "ABS", "PLA", "EVA", "CA", "PTFE", "POM", "cellulose", "protein"]
    check(simulating(open_components=[]) | {"components": ["PE", "PA", *names]})
    check(simulating(open_components=names))
    check(changed(mixtures__hard_negatives=[negative(name)[-1] for name in [*names, "Cellulose", "X_kaolin"]]))


def test_a_study_without_networks_passes(check):
    check(changed(compared_models=["nnls"], reference_model="nnls", null_tests__models=["nnls"]))


def test_only_compared_models_and_protocols_stay():
    config = narrowed(changed(compared_models=["svm", "cnn"], compared__laboratory="none"))
    assert list(config["models"]) == ["svm", "cnn"] and list(config["compared"]) == ["specimen", "measured"]
    assert config["compared_models"] == {"specimen": ["svm", "cnn"], "measured": ["svm", "cnn"]}
    assert set(narrowed(changed(compared_models="all"))["models"]) == set(MODEL_NAMES)


def test_a_protocol_may_compare_fewer_models(check):
    config = changed(compared_models={"specimen": ["cnn", "nnls", "svm"], "laboratory": ["cnn"], "random": ["svm"]})
    kept = narrowed(config)
    assert list(kept["models"]) == ["cnn", "nnls", "svm"]
    assert kept["compared_models"]["laboratory"] == ["cnn"] and "random" not in kept["compared_models"]
    assert kept["compared_models"]["measured"] == ["cnn", "nnls", "svm"]
    everything = narrowed(changed(compared_models={"laboratory": ["cnn"]}))
    assert everything["compared_models"]["measured"] == list(CONFIG["models"])
    check(changed(compared_models={"laboratory": ["cnn"]}))


def test_a_protocol_may_have_fewer_seeds(check):
    assert narrowed(changed(seeds=[4, 5]))["seeds"] == {"specimen": [4, 5], "laboratory": [4, 5], "measured": [4, 5]}
    config = changed(seeds={"specimen": [0, 1, 2], "laboratory": [0]})
    kept = narrowed(config)["seeds"]
    assert kept == {"specimen": [0, 1, 2], "laboratory": [0], "measured": [0, 1, 2]}
    assert narrowed(narrowed(config)) == narrowed(config)
    check(config)


def test_maps_are_made_of_networks_that_are_compared(check):
    assert narrowed(changed())["attribution"]["models"] == ["cnn"]
    assert narrowed(changed(attribution__models="none"))["attribution"]["models"] == []
    config = changed(
        compared_models=["cnn", "resnet", "svm"], null_tests__models=["cnn"], attribution__models=["resnet"]
    )
    assert narrowed(narrowed(config))["attribution"]["models"] == ["resnet"]
    check(config)


def test_a_protocol_may_try_fewer_candidates(check):
    assert narrowed(changed(tuning__candidates=2))["tuning"]["candidates"]["laboratory"] == 2
    config = changed(tuning__candidates={"specimen": 3, "laboratory": 1})
    assert narrowed(config)["tuning"]["candidates"] == {"specimen": 3, "laboratory": 1, "measured": 3}
    check(config)


def own_source(name, **changes):
    """Return the manifest row of a folder of the user's own."""
    row = dict.fromkeys(Source.__dataclass_fields__, "") | {"source": name, "laboratory": "Own", "path": "spectra"}
    return Source(**(row | {"reader": "folder", "range_low": 400.0, "range_high": 4000.0} | changes))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{}, {"path": "./spectra/"}], ["'own0' and 'own1' both read ./spectra/", "take one of them out"]),
        ([{"range_low": 1000.0}], ["'own0' was measured from 1000 to 4000", "window is 680 to 3168", "narrow"]),
        ([{"range_high": 3000.0}], ["'own0' was measured from 400 to 3000"]),
    ],
)
def test_own_sources_that_cannot_serve_are_refused_before_they_are_read(rows, words):
    sources = {f"own{number}": own_source(f"own{number}", **row) for number, row in enumerate(rows)}
    config = changed(
        sources=[*sources], exclude=[], protocols={"specimen": {"tested_folds": [0]}}, compared={"specimen": "all"}
    )
    with pytest.raises(StudyError) as caught:
        check_study(narrowed(config), sources, read_labels(SOURCES / "labels.csv"), read_bands(SOURCES / "bands.csv"))
    assert all(word in str(caught.value) for word in words)


def test_sources_of_one_file_with_different_selections_are_two():
    path = {"path": "library.csv", "reader": "open_specy"}
    sources = {name: own_source(name, select=name, **path) for name in ("a", "b")}
    config = changed(
        sources=["a", "b"], exclude=[], protocols={"specimen": {"tested_folds": [0]}}, compared={"specimen": "all"}
    )
    check_study(narrowed(config), sources, read_labels(SOURCES / "labels.csv"), read_bands(SOURCES / "bands.csv"))


def test_a_source_of_the_user_s_own_may_bring_any_component():
    config = changed(
        sources=["own"],
        components=["PE", "PS", "PBAT"],
        exclude=[],
        protocols={"specimen": {"tested_folds": [0]}},
        compared={"specimen": "all"},
    )
    check_study(
        narrowed(config),
        {"own": own_source("own")},
        read_labels(SOURCES / "labels.csv"),
        read_bands(SOURCES / "bands.csv"),
    )


def test_labels_that_the_repository_s_config_excludes_exist():
    labels = read_labels(SOURCES / "labels.csv")
    known = set(zip(labels["source"], labels["label"], strict=True))
    assert {(rule["source"], rule["label"]) for rule in CONFIG["exclude"]} <= known


def negative(material):
    """Return the repository's hard negatives and one more."""
    entry = {"name": f"unknown {material}", "components": ["PE", "PS"], "material": material, "low": 0.1, "high": 1.0}
    return [*CONFIG["mixtures"]["hard_negatives"], entry]


def simulating(**changes):
    """Copy the repository's config as a simulated study, with values of the simulator replaced."""
    specimen = {"specimen": CONFIG["protocols"]["specimen"]}  # the other protocols name real laboratories
    compared = {"specimen": "all"}
    return changed(
        sources=["simulated"], exclude=[], protocols=specimen, compared=compared, simulator=SIMULATOR | changes
    )


def listing(name, candidates):
    """Copy the repository's config with another list of candidates."""
    return changed(**{f"models__{name}__candidates": candidates})


def candidate(name, **options):
    """Copy the repository's config with options of a model's first candidate replaced."""
    first, *others = CONFIG["models"][name]["candidates"]
    return listing(name, [first | options, *others])


def network(name, **options):
    """Copy the repository's config with all models, options of a network's first candidate replaced."""
    first, *others = CONFIG["models"][name]["candidates"]
    return listing(name, [first | options, *others]) | {"compared_models": "all"}


QUIET = CONFIG["mixtures"]["nuisance"]
NEIGHBOURS = CONFIG["models"]["knn"]["candidates"]
FILM = {"material": "X_film", "share": 0.1, "low": 0.1, "high": 0.2}
MISTAKES = [
    (changed(protocols__laboratory={"left_out": ["Flopp"]}), ["protocols.laboratory.left_out", "'Flopp'", "FLOPP"]),
    (changed(protocols__random__laboratory="Flopp"), ["protocols.random.laboratory", "'Flopp'", "FLOPP"]),
    (
        changed(protocols=ONE_FOLD, compared={"specimen": "all", "measured": "all"}),
        ["compared", "'measured'"],
    ),
    (changed(compared={"measured": "all"}), ["compared", "'specimen'"]),
    (changed(compared__specimen=[0, 7]), ["compared.specimen", "7", "0, 1, 2"]),
    (changed(compared__laboratory=["FLOP"]), ["compared.laboratory", "'FLOP'", "FLOPP"]),
    (changed(protocols={"measured": {}}), ["protocols", "'specimen' is missing"]),
    (changed(mixtures__nuisance__interferents=[FILM]), ["mixtures.nuisance.interferents", "'X_film'"]),
    (changed(mixtures__nuisance__co2_high=-0.1), ["co2_high lies below co2_low"]),
    (changed(mixtures__training_shares={"pure": 0.5, "same_polymer": 0.3, "ternary": 0.3}), ["training_shares", "1.1"]),
    # (the mistake, the words that the sentence must hold: first of all the key)
    (changed(preprocesing={}), ["unknown key 'preprocesing'", "did you mean 'preprocessing'?"]),
    (changed(split__fold=5), ["split", "unknown key 'fold'", "did you mean 'folds'?"]),
    (changed(mixtures__nuisance__vapor_p95=0.1), ["mixtures.nuisance", "'vapor_p95'", "did you mean 'vapour_p95'?"]),
    (changed(models__svmm={}), ["models", "unknown key 'svmm'", "did you mean 'svm'?"]),
    (changed(statistics__xyz=1), ["statistics", "unknown key 'xyz'", "allowed are replicates, level, seed"]),
    (without("seeds"), ["key 'seeds' is missing", "seeds of initial weights"]),
    (without("training.batch"), ["training", "key 'batch' is missing", "mixtures per optimisation step"]),
    (without("mixtures.nuisance.noise_p95"), ["mixtures.nuisance", "key 'noise_p95' is missing"]),
    (changed(training__weight_decay="1e-3"), ["training.weight_decay", "'1e-3'", "reads as text", "1.0e-3"]),
    (changed(training__epochs="ten"), ["training.epochs", "'ten'", "reads as text"]),
    (changed(training__epochs=6.0), ["training.epochs", "6.0"]),  # reaches range() as it stands
    (changed(seeds=[0, 1.0]), ["seeds", "1.0"]),  # would be the folder seed1.0
    (changed(training__epochs=True), ["training.epochs", "True"]),
    (changed(training__weight_decay=float("nan")), ["training.weight_decay", "nan"]),
    (changed(preprocessing__baseline_lam=float("inf")), ["preprocessing.baseline_lam", "inf"]),
    (changed(seeds=[]), ["seeds", "seeds of initial weights"]),
    (changed(seeds={"laboratory": [0]}), ["seeds", "specimen"]),
    (changed(seeds=[1, 1]), ["seeds", "[1, 1]"]),
    (changed(study="my study"), ["study", "'my study'"]),
    (changed(components=["PE"]), ["components", "polymers to look for"]),
    (changed(preprocessing__baseline="arpsl"), ["preprocessing.baseline", "'arpsl'", "arpls"]),
    (changed(preprocessing__co2_window_cm1=[2280.0]), ["preprocessing.co2_window_cm1"]),
    (
        changed(preprocessing__co2_window_cm1=[2400.0, 2280.0]),
        ["preprocessing.co2_window_cm1", "lower wavenumber first"],
    ),
    (changed(preprocessing__co2_window_cm1=[2300.0, 2300.0]), ["preprocessing.co2_window_cm1", "empty"]),
    (changed(preprocessing__high_cm1=800.0), ["preprocessing", "30 points", "at least 50"]),
    (changed(preprocessing__high_cm1=600.0), ["preprocessing", "0 points", "at least 50"]),
    (changed(mixtures__share_bins=[[0.5, 0.2]]), ["mixtures.share_bins", "[0.5, 0.2]", "lower share first"]),
    (changed(mixtures__share_bins=[[0.1, 0.3], [0.2, 0.4]]), ["mixtures.share_bins", "[0.2, 0.4]", "overlaps"]),
    (changed(mixtures__share_bins=[[0.2, 0.4], [0.1, 0.2]]), ["mixtures.share_bins", "ascending order"]),
    (changed(mixtures__share_bins=[[0.2, 0.7]]), ["mixtures.share_bins", "0.7", "maximum of 0.5"]),
    (changed(mixtures__share_bins=[[0.35, 0.5]]), ["mixtures.share_bins", "at most a third", "0.35"]),
    (changed(components=["PE", "PP"]), ["ternary_per_minor_and_bin is 6", "components has 2", "set it to 0"]),
    (
        changed(components=["PE", "PP"], mixtures__ternary_per_minor_and_bin=0),
        ["training_shares.ternary is 0.15", "components has 2"],
    ),
    (
        simulating() | {"protocols": {"specimen": {"tested_folds": [0]}, "laboratory": {"left_out": ["simulated3"]}}},
        ["protocols.laboratory.left_out", "'simulated3'", "the study has simulated1, simulated2"],
    ),
    (changed(preprocessing__high_cm1=3300.0), ["'chabuka_2020' was measured from 667 to 3172.5"]),
    (changed(mixtures__per_pair_and_bin=7), ["mixtures.per_pair_and_bin", "7", "multiple of 2"]),
    (changed(mixtures__nuisance__noise_p95=1e-5), ["mixtures.nuisance.noise_p95", "below noise_median"]),
    (changed(mixtures__nuisance__vapour_p95=1e-5), ["mixtures.nuisance.vapour_p95", "below vapour_median"]),
    (changed(mixtures__nuisance__baseline_p95=1e-5), ["mixtures.nuisance.baseline_p95", "below baseline_median"]),
    (changed(split__folds=2), ["split.folds", "2", "minimum of 3"]),
    (changed(protocols__specimen__tested_folds=[5]), ["protocols.specimen.tested_folds", "5", "the last is 4"]),
    (changed(models={}), ["models"]),
    (changed(compared_models=["svmm"]), ["compared_models", "'svmm'", "did you mean 'svm'?"]),
    (changed(compared_models=[]), ["compared_models", "[]"]),
    (changed(compared__specimen="none"), ["compared.specimen", "'none'"]),
    (changed(compared_models={"laboratory": ["svm"]}), ["compared_models.laboratory", "reference_model", "'cnn'"]),
    (
        changed(compared_models={"specimen": ["cnn", "nnls"], "laboratory": ["cnn", "svm"], "measured": ["cnn"]}),
        ["compared_models.laboratory has 'svm'", "compared_models.specimen", "add it there"],
    ),
    (changed(compared_models=["svm"]), ["reference_model", "'cnn'", "compared"]),
    (candidate("cnn", kernel=8), ["models.cnn.candidates.0.kernel", "8", "odd"]),
    (changed(null_tests__models=["cnn", "nls"]), ["null_tests.models", "'nls'", "did you mean 'nnls'"]),
    (changed(reference_model="cn"), ["reference_model", "'cn'", "did you mean 'cnn'"]),
    (changed(models__svm={}), ["models.svm", "key 'candidates' is missing", "options to try"]),
    (candidate("nnls", derivative_window=6), ["models.nnls.candidates.0.derivative_window", "6", "odd"]),
    (candidate("nnls", derivative_window=51), ["models.nnls.candidates.0.derivative_window", "51", "maximum of 49"]),
    (candidate("svm", directions=900), ["models.svm.candidates.0.directions", "900", "wavenumbers and", "(622)"]),
    (candidate("knn", neighbours=7000), ["models.knn.candidates.0.neighbours", "7000", "training mixtures (6000)"]),
    (candidate("plsda", latent_variables=623), ["models.plsda.candidates.0.latent_variables", "623", "lower it"]),
    (candidate("knn", k=3), ["models.knn.candidates.0", "unknown key 'k'"]),
    (
        listing("knn", NEIGHBOURS[1:]),
        ["models.knn.candidates has 4 entries", "models.nnls_raw.candidates 5", "equal"],
    ),
    (listing("knn", [*NEIGHBOURS[1:], NEIGHBOURS[1]]), ["models.knn.candidates", "non-unique"]),
    (changed(tuning__candidates=6), ["tuning.candidates is 6", "models.nnls_raw.candidates has 5", "lower it"]),
    (changed(tuning__candidates={"specimen": 2, "measured": 6}), ["tuning.candidates is 6", "lower it"]),
    (changed(tuning__candidates=0), ["tuning.candidates", "0"]),
    (network("dcnet_cbam", kernels=[5, 8]), ["models.dcnet_cbam.candidates.0.kernels", "[5, 8]", "odd"]),
    (network("dcnet_cbam", inputs="split", kernels=[5]), ["candidates.0.inputs is 'split'", "kernels has 1", "two"]),
    (network("dcnet_cbam", channels=[8]), ["'block2'", "models.dcnet_cbam.candidates.0 makes 1 blocks", "block1"]),
    (network("resm2a_cnn", channels=[8, 9]), ["models.resm2a_cnn.candidates.0.channels ends with 9", "2 heads"]),
    (network("resm2a_cnn", region_count=200), ["models.resm2a_cnn.candidates.0.region_count is 200", "(155)"]),
    (network("resm2a_cnn", regions="bands"), ["models.resm2a_cnn.candidates.0.regions", "'bands'", "chemical"]),
    (network("bilstm", channels=[9]), ["models.bilstm.candidates.0.channels ends with 9", "two directions"]),
    (network("transformer", depth=1), ["'block3'", "models.transformer.candidates.0 makes 2 blocks"]),
    (candidate("cnn", stride=200), ["models.cnn.candidates.0.stride", "is 200"]),
    (changed(attribution__layers=["block5"]), ["attribution.layers", "'block5'", "the last is block3"]),
    (changed(attribution__layers=["block0"]), ["attribution.layers", "'block0'"]),
    (changed(attribution__models=["resnet"]), ["attribution.models", "'resnet'", "it compares cnn"]),
    (changed(attribution__models=["svm"]), ["attribution.models", "'svm'", "no network"]),
    (changed(attribution__cams=["gradcam"]), ["attribution.cams", "'gradcam'", "grad_cam"]),
    (changed(sources=["jung2018"]), ["sources", "'jung2018'", "did you mean 'jung_2018'?"]),
    (changed(sources=["zzz"]), ["sources", "'zzz'", "the manifest has frond_2021"]),
    (changed(mixtures__hard_negatives=negative("PMAA")), ["hard_negatives", "'PMAA'", "did you mean 'PMMA'?"]),
    (changed(mixtures__hard_negatives=negative("PVC")), ["hard_negatives", "'PVC'", "models should call"]),
    (changed(mixtures__hard_negatives=negative("LDPE")), ["'LDPE' is the component 'PE'", "models should call"]),
    (changed(mixtures__nuisance__interferents=[FILM | {"material": "PS"}]), ["interferents", "'PS'", "should call"]),
    (simulating(open_components=["XYZ"]), ["simulator.open_components", "'XYZ'", "it has ABS"]),
    (simulating(open_components=["X_biofilm"]), ["simulator.open_components", "'X_biofilm'"]),
    (simulating(open_components=["PS"]), ["simulator.open_components", "'PS' is simulated already"]),
    (simulating(open_components=["HDPE"]), ["'HDPE' is simulated already as 'PE'", "from the bands of HDPE"]),
    (simulating(open_components=["PC", "PC"]), ["simulator.open_components", "non-unique"]),
    (simulating(nuisance=QUIET | {"noise_p95": 1e-5}), ["simulator.nuisance.noise_p95", "below noise_median"]),
    (simulating(nuisance=QUIET | {"interferents": [FILM]}), ["simulator.nuisance.interferents", "'X_film'"]),
    (simulating(nuisance=QUIET | {"haze": 1}), ["simulator.nuisance", "unknown key 'haze'"]),
    (simulating() | {"components": ["PE", "HDPE"]}, ["components", "'HDPE' is simulated already as 'PE'"]),
    (simulating() | {"components": ["PE", "X_biofilm"]}, ["components", "'X_biofilm'"]),
    (simulating() | {"components": ["PE", "Celulose"]}, ["components", "'Celulose'"]),
    (changed(sources=["simulated"], exclude=[]), ["sources lists simulated", "section simulator is needed"]),
    (changed(simulator=SIMULATOR | {"specimens": 0}), ["simulator.specimens", "0"]),
    (changed(exclude=[{"source": "zzz", "label": "PE", "reason": "x"}]), ["exclude", "'zzz'"]),
    (changed(exclude=[{"source": "jung_2018", "label": "PE"}]), ["exclude.0", "key 'reason' is missing"]),
    (changed(components=["PE", "PEEK"]), ["components", "none of the sources", "'PEEK'"]),
    (changed(sources=["chabuka_2020"]), ["components", "none of the sources chabuka_2020 has 'PP'"]),
]


@pytest.mark.parametrize(("config", "words"), MISTAKES, ids=[", ".join(words[:2]) for _, words in MISTAKES])
def test_mistake_is_one_sentence_that_names_the_key(check, config, words):
    with pytest.raises(StudyError) as caught:
        check(config)
    message = str(caught.value)
    assert message.startswith("config: ")
    assert "\n" not in message
    for word in words:
        assert word in message


def test_component_whose_every_label_is_excluded_is_refused(check):
    rule = {"source": "chabuka_2020", "label": "PET", "reason": "a test"}
    with pytest.raises(StudyError, match="components: none of the sources chabuka_2020 has 'PET'"):
        check(changed(sources=["chabuka_2020"], components=["PE", "PET"], exclude=[rule]))


def test_simulator_offers_its_polymers_only(check):
    with pytest.raises(StudyError, match="components: none of the sources simulated has 'PEEK'"):
        check(changed(sources=["simulated"], exclude=[], simulator=SIMULATOR, components=["PE", "PEEK"]))


# --- settings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
def test_candidates_have_exactly_the_fields_of_their_settings(name):
    model = yaml.safe_load(SCHEMA.read_text())["properties"]["models"]["properties"][name]
    entry = model["properties"]["candidates"]["items"]
    fields = {field.name for field in dataclasses.fields(METHODS[name].settings)}
    assert fields == set(entry["properties"]) == set(entry["required"])


SECTIONS = {
    "simulator": SimulatorSettings,
    "preprocessing": PreprocessingSettings,
    "curation": CurationSettings,
    "mixtures.training_shares": TrainingShares,
    "mixtures": MixtureSettings,
    "mixtures.nuisance": NuisanceSettings,
    "training": TrainingSettings,
    "statistics": StatisticsSettings,
}


@pytest.mark.parametrize(("path", "cls"), SECTIONS.items(), ids=SECTIONS)
def test_settings_have_exactly_the_fields_of_their_section(path, cls):
    section = yaml.safe_load(SCHEMA.read_text())
    for name in path.split("."):
        section = section["properties"][name]
    assert {field.name for field in dataclasses.fields(cls)} == set(section["properties"]) == set(section["required"])


@pytest.mark.parametrize(("path", "cls"), SECTIONS.items(), ids=SECTIONS)
def test_settings_have_the_types_of_their_section(path, cls):
    schema = yaml.safe_load(SCHEMA.read_text())
    for name in path.split("."):
        schema = schema["properties"][name]
    kinds = {int: "integer", float: "number", str: None, tuple: "array"}
    for name, hint in typing.get_type_hints(cls).items():
        expected = "object" if dataclasses.is_dataclass(hint) else kinds[typing.get_origin(hint) or hint]
        assert schema["properties"][name].get("type") == expected, name


def test_every_key_of_the_schema_is_described():
    def walk(schema, path):
        for name, entry in schema.get("properties", {}).items():
            assert entry.get("description"), f"{path}{name}"
            walk(entry, f"{path}{name}.")
            walk(entry.get("items", {}), f"{path}{name}.")

    walk(yaml.safe_load(SCHEMA.read_text()), "")


def test_settings_hold_the_values_of_the_config_with_lists_as_tuples():
    built = settings(MixtureSettings, CONFIG["mixtures"])
    assert built.share_bins == ((0.02, 0.05), (0.05, 0.1), (0.1, 0.2), (0.2, 0.35), (0.35, 0.5))
    assert built.nuisance.noise_p95 == 9.0e-4
    assert built.pure_per_component == 40


@pytest.mark.parametrize(("path", "cls"), [item for item in SECTIONS.items() if item[0] != "simulator"])
def test_settings_can_be_compared_and_kept_in_a_set(path, cls):
    section = CONFIG
    for name in path.split("."):
        section = section[name]
    assert len({settings(cls, section), settings(cls, section)}) == 1
