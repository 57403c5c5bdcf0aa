"""The whole chain on the embedded simulator, and what it must say about science."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ftirmix.attribution_maps import MAP_SCHEMA
from ftirmix.comparison import MODEL_COLUMNS
from ftirmix.contrasts import CONTRAST_COLUMNS
from ftirmix.costs import COSTS_SCHEMA
from ftirmix.detection import DETECTION_COLUMNS
from ftirmix.endmembers import ENDMEMBER_SCHEMA, read_endmembers
from ftirmix.map_networks import NETWORK_COLUMNS
from ftirmix.map_prediction import PREDICTION_COLUMNS, SHUFFLED
from ftirmix.map_table import MAP_COLUMNS
from ftirmix.mixture_sets import MIXTURE_SCHEMA, read_mixtures
from ftirmix.neglect_classes import CLASSES_COLUMNS, CLASSES_SCHEMA
from ftirmix.neglect_instrument import INSTRUMENT_COLUMNS
from ftirmix.neglect_pairs import PAIR_COLUMNS
from ftirmix.neglect_table import NEGLECT_COLUMNS, NEGLECT_SCHEMA
from ftirmix.null_tests import NULL_COLUMNS
from ftirmix.predictions import OUTCOME_SCHEMA, PREDICTION_SCHEMA
from ftirmix.spectra import GRID_SCHEMA, MEASURED_SCHEMA
from ftirmix.ssg_table import SSG_COLUMNS
from ftirmix.tuning_pages import TUNING_SUMMARY_COLUMNS
from ftirmix.tuning_table import TUNING_COLUMNS
from tests.workflow.conftest import run_snakemake

FIT = "results/test/specimen/fold0/cnn/seed0"


def headline(study, model, metric, composition="binary", low=0.05):
    table = pd.read_csv(study / "results/test/comparison/models.csv")
    rows = table[(table["model"] == model) & (table["metric"] == metric) & (table["composition"] == composition)]
    rows = rows[(rows["component"] == "all") & (rows["fold"] == "all")]
    rows = rows[(rows["task"] == "presence_fp3") & (rows["protocol"] == "specimen") & (rows["labels"] == "curated")]
    rows = rows[rows["share_low"].isna()] if low is None else rows[rows["share_low"] == low]
    return rows.sort_values("share_high").iloc[-1]


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("results/test/spectra/simulated.parquet", MEASURED_SCHEMA),
        ("results/test/preprocessed/simulated.parquet", GRID_SCHEMA),
        ("results/test/endmembers.parquet", ENDMEMBER_SCHEMA),
        ("results/test/specimen/fold0/mixtures/validation.parquet", MIXTURE_SCHEMA),
        ("results/test/specimen/fold0/mixtures/test.parquet", MIXTURE_SCHEMA),
        (f"{FIT}/predictions.parquet", PREDICTION_SCHEMA),
        (f"{FIT}/outcomes.parquet", OUTCOME_SCHEMA),
        (f"{FIT}/attribution/grad_cam.block3.parquet", MAP_SCHEMA),
        (f"{FIT}/neglect/grad_cam.block3.parquet", NEGLECT_SCHEMA),
        (f"{FIT}/neglect/hires_cam.block2.parquet", NEGLECT_SCHEMA),
        ("results/test/random/fold0/cnn/seed1/neglect_classes.parquet", CLASSES_SCHEMA),
    ],
)
def test_parquet_files_have_their_schema(study, path, schema):
    assert pq.read_schema(study / path).remove_metadata().equals(schema.remove_metadata())


def test_final_tables_have_the_agreed_columns_in_every_format(study):
    tables = {
        "models": MODEL_COLUMNS, "detection_limits": DETECTION_COLUMNS, "differences": CONTRAST_COLUMNS,
        "attribution": MAP_COLUMNS, "neglect": NEGLECT_COLUMNS, "neglect_instrument": INSTRUMENT_COLUMNS,
        "neglect_pairs": PAIR_COLUMNS, "neglect_classes": CLASSES_COLUMNS, "costs": COSTS_SCHEMA.names,
        "map_networks": NETWORK_COLUMNS, "map_prediction": PREDICTION_COLUMNS,
        "ssg_ablation": SSG_COLUMNS,
    }  # fmt: skip
    for name, columns in tables.items():
        folder = study / "results/test/comparison"
        csv = pd.read_csv(folder / f"{name}.csv")
        assert list(csv.columns) == columns
        parquet = pd.read_parquet(folder / f"{name}.parquet")
        assert list(parquet.columns) == columns and len(parquet) == len(csv)
        assert (folder / f"{name}.md").read_text().count("|") > 20


def test_costs_are_told_for_every_model(study):
    costs = pd.read_csv(study / "results/test/comparison/costs.csv").set_index("model")
    assert list(costs.index) == ["nnls", "library_search", "plsda", "cnn", "towers"]
    assert (costs["spectra_per_second"] > 0).all() and costs.loc["cnn", "training_seconds"] > 0
    assert costs["parameters"].notna().tolist() == costs["multiply_adds"].notna().tolist() == [False] * 3 + [True] * 2
    assert set(costs["n_fits"][:3]) == {3} and costs.loc["cnn", "n_fits"] == 6  # two seeds in each of three folds
    assert costs.loc["towers", "n_fits"] == 2  # compared on specimens only
    assert 0 < costs.loc["cnn", "parameters"] < costs.loc["cnn", "multiply_adds"]


def test_nnls_is_near_perfect_on_the_linear_simulator(study):
    assert headline(study, "nnls", "exact_match")["value"] > 0.9
    assert headline(study, "nnls", "mixing_ratio_mae")["value"] < 0.03


def test_the_other_classical_models_are_compared_in_every_protocol_and_work_where_their_law_holds(study):
    table = pd.read_csv(study / "results/test/comparison/models.csv")
    for protocol, more in (("specimen", {"towers"}), ("laboratory", set()), ("random", set())):
        assert set(table["model"][table["protocol"] == protocol]) == {"nnls", "library_search", "plsda", "cnn"} | more
    for model, low in (("library_search", 0.05), ("plsda", 0.2)):  # presence by PLS-DA is linear: no small shares
        assert headline(study, model, "exact_match", low=low)["value"] > 0.8
        assert headline(study, model, "mixing_ratio_mae", low=low)["value"] < 0.05
    once = table[table["model"].isin(["nnls", "library_search", "plsda"])]
    assert set(once["n_seeds"]) == {1}


def test_every_classical_model_is_tuned_with_the_same_effort_and_it_is_written_down(study):
    for model in ("nnls", "library_search", "plsda"):
        for fold in ("specimen/fold0", "laboratory/fold0", "random/fold0"):
            tried = pd.read_csv(study / f"results/test/{fold}/{model}/seed0/tuning.csv")
            assert list(tried.columns) == TUNING_COLUMNS and len(tried) == 2
            assert tried["exact_match"][tried["kept"]].tolist() == [tried["exact_match"].max()]


def test_tuning_is_summed_up_for_every_model_and_protocol(study):
    table = pd.read_csv(study / "results/test/comparison/tuning.csv")
    assert list(table.columns) == TUNING_SUMMARY_COLUMNS
    assert len(table) == (3 * 4 + 1) * 2 * 2  # protocols and models, towers in one, candidates, metrics
    tried = pd.read_csv(study / "results/test/specimen/fold0/cnn/tuning.csv").set_index("candidate")
    rows = table.query("protocol == 'specimen' and model == 'cnn' and metric == 'exact_match'").set_index("candidate")
    assert rows["value"].tolist() == pytest.approx(tried["exact_match"].tolist())
    assert rows["times_kept"].tolist() == tried["kept"].astype(int).tolist()
    assert rows.loc[1, "changed"] == "dropout 0.3"


def test_the_network_has_learnt_and_knows_pure_spectra(study):
    assert headline(study, "cnn", "exact_match")["value"] > 0.6
    assert headline(study, "cnn", "exact_match", "pure", None)["value"] > 0.8
    assert headline(study, "towers", "exact_match")["value"] > 0.6


def test_maps_are_scored_against_the_truth_beside_controls(study):
    table = pd.read_csv(study / "results/test/comparison/attribution.csv").query(
        "component == 'all' and score == 'iou'"
    )
    assert set(zip(table["protocol"], table["model"], strict=True)) == {
        ("specimen", "cnn"), ("specimen", "towers"), ("laboratory", "cnn"),
    }  # fmt: skip
    seen = table.query("share_low == 0.2 and share_high == 0.5 and protocol == 'specimen'")
    for _, rows in seen.groupby("model"):
        by_map = rows.set_index("cam")["value"]
        assert by_map["random"] < 0.25 < by_map["contribution"]
        assert by_map["consensus"] > by_map["random"] + 0.1
        assert rows["layer"].value_counts()[["block1", "block2", "block3"]].tolist() == [6, 6, 7]  # Ablation-CAM
        assert (rows["difference"].abs() >= 0).all() and set(rows["control"]) <= {"random", "absorbance"}


def test_detection_limits_lie_where_recall_crosses_its_bound(study):
    limits = pd.read_csv(study / "results/test/comparison/detection_limits.csv")
    own = limits.query("protocol == 'specimen' and task == 'presence_fp3' and labels == 'curated'")
    assert len(own[own["model"] == "cnn"]) == 1 + 4 + 12  # all minors, each, each beside each
    whole = own.query("component == 'all' and partner == 'all'").set_index("model")
    assert (whole["low"] <= whole["detection_limit"]).all() and (whole["detection_limit"] <= whole["high"]).all()
    for model in ("nnls", "cnn"):
        # Above the limit nearly everything is found, below the lowest bin hardly anything.
        assert headline(study, model, "minor_recall", low=0.2)["value"] > 0.9
        assert 0.02 <= whole.loc[model, "detection_limit"] < 0.35  # 0.02 stands for all below
    models = pd.read_csv(study / "results/test/comparison/models.csv").query("metric == 'detection_limit'")
    assert set(models["model"]) == set(whole.index) and set(models["component"]) == {"all", "PE", "PS", "PET", "PA"}


def test_every_model_is_held_against_the_reference_on_the_same_mixtures(study):
    table = pd.read_csv(study / "results/test/comparison/differences.csv")
    assert list(table.columns) == CONTRAST_COLUMNS and set(table["reference"]) == {"cnn"}
    assert set(table["model"]) == {"nnls", "library_search", "plsda", "towers"}
    assert set(table["model"][table["protocol"] == "laboratory"]) == {"nnls", "library_search", "plsda"}
    assert ((table["value"] - table["reference_value"] - table["difference"]).abs() < 1e-5).all()  # rounded on disk
    assert (table["p_holm"] >= table["p"] - 1e-12).all()
    row = table.query("protocol == 'specimen' and task == 'presence_fp3' and labels == 'curated' and model == 'plsda'")
    row = row.query("metric == 'exact_match' and composition == 'all'").iloc[0]
    assert row["difference"] < 0 and row["value"] == pytest.approx(
        headline(study, "plsda", "exact_match", "all", None)["value"]
    )


def test_errors_are_shared_out_among_spectra(study):
    table = pd.read_csv(study / "results/test/comparison/hard_spectra.csv")
    parts = table.groupby(["protocol", "task", "labels", "model"])["share_of_errors"].agg(["sum", "size"])
    # Six digits are kept on disk, so every share may be off by half of the last one.
    assert (((parts["sum"] - 1).abs() <= 5e-7 * parts["size"]) | (parts["sum"] == 0)).all()
    assert "Where errors come from" in (study / "results/test/comparison/hard_spectra.md").read_text()


def test_the_page_of_the_study_and_its_origin_are_there(study):
    page = (study / "results/test/report.html").read_text()
    assert page.count('src="data:image/svg+xml') >= 8 and "CNN names exactly the components" in page
    origin = json.loads((study / "results/test/provenance.json").read_text())
    assert origin["config"]["study"] == "test" and origin["costly_jobs"] >= 2 and origin["versions"]["torch"]


def test_larger_shares_are_found_more_often(study):
    table = pd.read_csv(study / "results/test/comparison/models.csv")
    rows = table[(table["metric"] == "minor_recall") & (table["component"] == "all") & (table["model"] == "cnn")]
    rows = rows[(rows["protocol"] == "specimen") & (rows["labels"] == "curated") & (rows["composition"] == "binary")]
    recall = rows[rows["task"] == "presence_fp3"].sort_values("share_low")["value"].to_numpy()
    assert recall[-1] > recall[0]


def test_removing_the_minor_component_lowers_its_logit(study):
    table = pd.read_csv(study / "results/test/comparison/neglect.csv")
    rows = table[(table["component"] == "all") & (table["partner"] == "all") & (table["outcome"] == "hit")]
    assert (rows["logit_drop"] > 0).all()


def test_neglect_compares_instruments_and_layers_on_the_same_mixtures(study):
    table = pd.read_csv(study / "results/test/comparison/neglect_instrument.csv")
    assert set(table["comparison"]) == {"instrument", "layer", "dose_response", "outcome"}
    assert set(table["protocol"]) == {"specimen", "laboratory"} and (table["n_seeds"] == 2).all()
    # One pair of methods at two layers in three share bins, for each network.
    rows = table.query("protocol == 'specimen' and comparison == 'instrument' and quantity == 'neglect_index'")
    assert rows["model"].value_counts().to_dict() == {"cnn": 6, "towers": 6}
    assert set(rows["layer"]) == {"block2", "block3"}
    tested = table.dropna(subset="p")
    assert len(tested) > 20 and (tested["p_holm"] >= tested["p"]).all()
    # With 200 replicates an interval and its p-value agree but for a replicate or two at the edge.
    apart = (tested["low"] > 0) | (tested["high"] < 0)
    assert apart[tested["p"] < 0.03].all() and not apart[tested["p"] > 0.08].any()
    layers = table.query("comparison == 'layer'")
    assert set(layers["layer"]) == {"block2"} and set(layers["against"]) == {"block3"}


def test_networks_are_held_against_the_cnn_on_the_same_mixtures(study):
    table = pd.read_csv(study / "results/test/comparison/map_networks.csv")
    assert set(table["model"]) == {"towers"} and set(table["reference"]) == {"cnn"}
    assert set(table["layer"]) == {"last", "all layers", "spectrum"}
    assert ((table["low"] <= table["difference"]) & (table["difference"] <= table["high"])).all()


def test_hits_are_predicted_in_pairs_that_the_rule_has_not_seen(study):
    table = pd.read_csv(study / "results/test/comparison/map_prediction.csv").query("protocol == 'specimen'")
    # A network that finds all minors or all but one, as both may here, leaves nothing to be predicted.
    recall = pd.read_csv(study / "results/test/comparison/neglect_pairs.csv").query("protocol == 'specimen'")
    found = recall.groupby("model")["recall"].mean()
    networks = set(table["model"])
    assert networks <= {"cnn", "towers"} and set(table["n_pairs"]) <= {6}
    assert (found[sorted({"cnn", "towers"} - networks)] > 0.98).all()
    # what is shuffled within pair and share cannot tell a hit from a miss there
    assert (table[table["cam"] == SHUFFLED]["low"] < 0.02).all()


def test_maps_of_earlier_layers_go_once_they_are_diagnosed(study):
    maps = {path.name for path in (study / FIT / "attribution").iterdir()}
    assert maps == {"grad_cam.block3.parquet", "hires_cam.block3.parquet"}


def test_pairs_are_all_there_with_their_recall(study):
    table = pd.read_csv(study / "results/test/comparison/neglect_pairs.csv").query("protocol == 'specimen'")
    assert table["model"].value_counts().to_dict() == {"cnn": 12 * 4, "towers": 12 * 4}
    assert table[["share_low", "share_high"]].drop_duplicates().to_numpy().tolist() == [[0.05, 0.5]]
    assert table["recall"].between(0, 1).all() and (table["component"] != table["partner"]).all()


def test_the_papers_form_is_measured_on_the_softmax_networks_by_share(study):
    table = pd.read_csv(study / "results/test/comparison/neglect_classes.csv").query("outcome == 'all'")
    assert set(table["protocol"]) == {"random"} and len(table) == 4 * 3
    # The bin of 5 to 20 % begins where the task's shares begin.
    assert sorted(set(zip(table["share_low"], table["share_high"], strict=True))) == [
        (0.1, 0.2),
        (0.1, 0.5),
        (0.2, 0.5),
    ]
    assert table["contribution_part"].between(0, 0.5).all() and (table["neglect_index"] <= 1).all()
    whole = table[table["share_high"] - table["share_low"] > 0.35]
    assert (whole[["n_mixtures", "n_no_own_band", "n_no_positive", "n_elsewhere"]].sum(axis=1) >= 6 * 12).all()


def test_no_specimen_is_in_two_subsets(study):
    split = pd.read_csv(study / "results/test/specimen/split.csv")
    assert split.groupby("specimen")["fold0"].nunique().max() == 1
    folder = study / "results/test/specimen/fold0/mixtures"
    tested = set(read_mixtures(folder / "test.parquet").table["specimens"].explode())
    validated = set(read_mixtures(folder / "validation.parquet").table["specimens"].explode())
    trained = set(split[split["fold0"] == "train"]["specimen"])
    assert tested and validated and trained
    assert not tested & validated and not tested & trained and not validated & trained


def test_a_left_out_laboratory_is_in_its_test_mixtures_only(study):
    folder = study / "results/test/laboratory/fold0/mixtures"
    assert set(read_mixtures(folder / "test.parquet").table["laboratory"]) == {"simulated2"}
    assert set(read_mixtures(folder / "validation.parquet").table["laboratory"]) == {"simulated1"}


def test_the_random_protocol_tests_what_it_trained_on_and_says_so(study):
    split = pd.read_csv(study / "results/test/random/split.csv")
    assert set(split["fold0"][split["laboratory"] == "simulated1"]) == {"every"}
    tested = read_mixtures(study / "results/test/random/fold0/mixtures/test.parquet").table
    assert tested["components"].map(tuple).map(sorted).map(tuple).value_counts().tolist() == [12] * 10
    table = pd.read_csv(study / "results/test/comparison/models.csv").query("protocol == 'random'")
    rows = table.query("task == 'classes' and metric == 'exact_match' and composition == 'all' and fold == 'all'")
    assert rows["model"].tolist() == ["cnn"] and rows["value"].item() > 0.6
    assert "it leaks" in (study / "results/test/comparison/models.md").read_text()
    # Ten classes in place of four components, each with 32 weights and a bias.
    sizes = pd.read_csv(study / "results/test/comparison/models.csv").query("metric == 'parameters'")
    sizes = sizes.groupby("protocol")["value"].first()
    assert sizes["random"] - sizes["specimen"] == 6 * 33


def test_open_components_are_in_the_mixtures_as_what_no_model_may_call_and_never_endmembers(study):
    folder = study / "results/test"
    rejected = pd.read_csv(folder / "rejected.csv")
    opened = ["ABS", "CA", "EVA", "PC", "PLA", "PMMA", "POM", "PTFE", "cellulose", "protein"]
    reasons = rejected["reason"].value_counts().to_dict()
    assert reasons == {f"{name} is not among the study's components": 2 * 2 for name in opened}
    endmembers = read_endmembers(folder / "endmembers.parquet").table
    assert set(endmembers["component"]) == {"PE", "PS", "PET", "PA"}
    assert not set(endmembers["spectrum"]) & set(rejected["spectrum"])
    tested = read_mixtures(folder / "specimen/fold0/mixtures/test.parquet").table
    unknown = tested[tested["kind"].str.startswith("unknown")]
    assert unknown.groupby(["kind", "material"]).size().to_dict() == {
        ("unknown PMMA", "PMMA"): 8, ("unknown cellulose", "cellulose"): 4,
    }  # fmt: skip
    assert (unknown["components"].map(len) == 1).all() and set(unknown["composition"]) == {"hard_negative"}


def test_the_truth_on_disk_recomputes_the_spectra_to_within_the_nuisance(study):
    endmembers = read_endmembers(study / "results/test/endmembers.parquet")
    mixtures = read_mixtures(study / "results/test/specimen/fold0/mixtures/test.parquet")
    components = ["PE", "PS", "PET", "PA"]
    parts = mixtures.contributions(endmembers, mixtures.recipes(endmembers.table, components))
    rest = mixtures.absorbance - parts.sum(axis=1)
    assert np.median(rest.std(axis=1)) < 0.01


def test_figures_and_counts_are_there(study):
    folder = study / "results/test"
    for figure in ("recall", "neglect", "neglect_pairs", "examples", "maps"):
        assert (folder / "comparison" / f"{figure}.svg").read_text().startswith("<?xml")
    counts = pd.read_csv(folder / "endmembers.csv")
    assert len(counts) == 2 * 4 and (counts["specimens"] == 15).all() and counts["scored_when_left_out"].all()
    assert "**15 / 15 (0)**" in (folder / "endmembers.md").read_text()


def test_laboratories_of_one_range_leave_nothing_to_be_cut(study):
    table = pd.read_csv(study / "results/test/checks/laboratory_signature.csv")
    scored = table[table["value"].notna()]
    assert scored[["test", "handling", "n_laboratories"]].to_numpy().tolist() == [["laboratories", "window", 2]]
    left_out = table[table["value"].isna()]
    assert left_out["reason"].tolist() == ["all laboratories measured 650 to 4000 cm-1: nothing is filled"]
    assert left_out["reason"].iloc[0] in (study / "results/test/checks/laboratory_signature.md").read_text()


def test_a_second_run_does_nothing(study):
    again = run_snakemake(study, "--dry-run")
    assert again.returncode == 0 and "Nothing to be done" in again.stdout


def planned_rules(output: str) -> set[str]:
    """Read the rule names from the job statistics of a dry run."""
    table = output.split("Job stats:")[-1].split("total")[0]
    return {line.split()[0] for line in table.splitlines() if len(line.split()) == 2 and line.split()[1].isdigit()}


@pytest.mark.parametrize(
    ("module", "rules"),
    [
        (
            "figures.py",
            {
                "draw_recall",
                "draw_neglect",
                "draw_pairs",
                "draw_detection",
                "draw_forest",
                "draw_examples",
                "draw_maps",
                "draw_curation",
                "count_endmembers",
                "probe_laboratories",
            },  # fmt: skip
        ),
        (
            "comparison.py",
            {
                "compare_models",
                "compare_detection",
                "compare_pairwise",
                "compare_spectra",
                "draw_recall",
                "draw_detection",
                "draw_forest",
                "test_nulls",
            },
        ),
        ("neglect_instrument.py", {"compare_instruments"}),
        (
            # Maps of earlier layers are gone: they are made again to be diagnosed.
            "neglect_table.py",
            {
                "attribute_components",
                "diagnose_neglect",
                "compare_neglect",
                "compare_instruments",
                "compare_pairs",
                "draw_neglect",
                "draw_pairs",
                "draw_examples",
            },
        ),  # fmt: skip
    ],
)
def test_an_edited_library_module_reruns_exactly_what_depends_on_it(study, module, rules):
    path = study / "workflow/lib/ftirmix" / module
    before = path.read_text()
    path.write_text(before + "\n# edited\n")
    try:
        planned = planned_rules(run_snakemake(study, "--dry-run").stdout)
    finally:
        path.write_text(before)
    # The page and the record of where figures come from follow whatever is made again.
    assert planned - {"all"} == rules | {"write_page", "record_provenance"}
    assert "Nothing to be done" in run_snakemake(study, "--dry-run").stdout


def test_a_further_laboratory_reruns_nothing_of_the_other_protocols(study):
    path = study / "config.yaml"
    before = path.read_text()
    path.write_text(before.replace("left_out: [simulated2]", "left_out: [simulated2, simulated1]"))
    try:
        planned = run_snakemake(study, "--dry-run").stdout
    finally:
        path.write_text(before)
    assert "output: results/test/laboratory/fold1/nnls" in planned
    assert "output: results/test/specimen" not in planned


def test_a_rule_can_be_rerun_by_name_and_gives_the_same_tables(study):
    folder = study / "results/test/comparison"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = run_snakemake(study, "--forcerun", "judge_predictions", "compare_neglect")
    assert again.returncode == 0, again.stdout[-3000:]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_report_is_one_file_with_figures_and_tables(study):
    made = run_snakemake(study, "--report", "report.html")
    assert made.returncode == 0, made.stdout[-3000:]
    page = (study / "report.html").read_text()
    shown = ("recall.svg", "models.csv", "examples.svg", "endmembers.svg", "laboratory_signature.svg")
    assert all(name in page for name in shown)


def test_null_tests_are_at_chance_and_the_same_test_on_true_labels_is_not(study):
    table = pd.read_csv(study / "results/test/comparison/null_tests.csv")
    assert list(table.columns) == NULL_COLUMNS
    chosen = table[(table["component"] == "all") & (table["model"] == "cnn")]
    whole = chosen.set_index(["null_test", "score"])
    shuffled, true = whole.loc[("shuffled_labels", "own")], whole.loc[("true_labels", "own")]
    assert shuffled["n_seeds"] == 3 and true["n_seeds"] == 2
    assert abs(shuffled["value"] - 0.5) < 0.2 < abs(true["value"] - 0.5) and true["value"] > 0.9
    twins = table[table["null_test"] == "same_polymer"]
    models = {"nnls", "library_search", "plsda", "cnn"}
    assert set(twins["model"]) == {*models, "resemblance"} and twins["share_low"].nunique() > 1
    lowest = twins[(twins["model"] == "cnn") & (twins["share_low"] == twins["share_low"].min())]
    assert len(lowest) == 2 and (abs(lowest["value"] - 0.5) < 0.2).all()
    repeated = table[(table["null_test"] == "repeated_answer") & table["share_low"].isna()]
    assert (repeated["value"] > 0.7).all() and set(repeated["model"]) == models
