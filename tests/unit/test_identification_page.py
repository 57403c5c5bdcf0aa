"""The page of identified spectra: what it embeds, and that no text of a laboratory can break it."""

import base64
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ftirmix.bands import material_spectrum, read_bands
from ftirmix.identification.answers import result_table
from ftirmix.identification.foreign import FOREIGN
from ftirmix.identification.gathering import COMPARED, DIFFERING, MIXED, gather
from ftirmix.identification_page import (
    BAND_COLUMNS,
    COUNT_COLUMNS,
    NO_PREDICTION,
    NONE,
    PARTICLE_COLUMNS,
    PARTS,
    PREDICTION_COLUMNS,
    STATUSES,
    PageData,
    identification_html,
    quantised,
    restored,
    vibration_marks,
)  # fmt: skip

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "workflow" / "report" / "identification.html.j2"
COMPONENTS = ["PE", "PP", "PS", "PET", "PVC", "PA", "PU"]
HOSTILE = "</script><img src=x onerror=alert(1)>.csv"
ENTRIES = 3  # library spectra of each component


def page_data(spectra: int, unreadable: tuple[int, ...] = (), seed: int = 0) -> PageData:
    """Mix simulated spectra: row 0 is pure PE, row 1 PE + PA, row 2 PP + PS + PET; the rest are drawn."""
    rng = np.random.default_rng(seed)
    wavenumber = np.linspace(680, 3168, 623)
    bands = read_bands(ROOT / "workflow" / "sources" / "bands.csv")
    pure = np.array([material_spectrum(bands, name, wavenumber) for name in COMPONENTS])
    library = np.concatenate([np.roll(pure, shift, axis=1) for shift in range(-1, ENTRIES - 1)])
    library_component = np.tile(np.arange(len(COMPONENTS)), ENTRIES)
    coefficients = np.zeros((spectra, len(library)))
    for row in range(spectra):
        shares = {0: {0: 1.0}, 1: {0: 0.8, 5: 0.2}, 2: {1: 0.5, 2: 0.3, 3: 0.2}}.get(row) or drawn_shares(rng)
        for component, share in shares.items():
            coefficients[row, component + len(COMPONENTS) * int(rng.integers(ENTRIES))] = share
    absorbance = coefficients @ library + rng.normal(0, 0.002, (spectra, len(wavenumber)))
    absorbance /= absorbance.max(axis=1, initial=1e-9, keepdims=True)
    absorbance[list(unreadable)] = np.nan
    coefficients[list(unreadable)] = 0
    ratio = np.stack([coefficients[:, library_component == place].sum(axis=1) for place in range(7)], axis=1)
    rows, found = np.nonzero(ratio)
    centres = np.linspace(688, 3160, 156)
    nearest = np.argsort(-(np.nan_to_num(absorbance) @ library.T), axis=1)[:, :3]
    nearest[list(unreadable)] = -1
    return PageData(
        title="Filters <2026>",
        wavenumber=wavenumber,
        components=COMPONENTS,
        particles=particles_of(ratio, unreadable),
        predictions=predictions_of(ratio, unreadable),
        absorbance=absorbance.astype(np.float32),
        library=library,
        library_component=library_component,
        coefficients=coefficients,
        maps=np.array([np.interp(centres, wavenumber, pure[place]) - 0.1 for place in found]).reshape(-1, 156),
        map_row=rows,
        map_component=found,
        map_wavenumber=centres,
        nearest=nearest,
        nearest_quality=np.where(nearest >= 0, 0.9, np.nan),
        references=library,
        reference_names=[f"{COMPONENTS[place]} {HOSTILE}" for place in library_component],
        bands=pd.DataFrame([("PE", 2848.0, "nu_s CH2"), ("PA", 1636.0, "amide I")], columns=list(BAND_COLUMNS)),
        facts={"Model": "a <b>network</b>"},
        notes=["Shares are shares of peak height, not mass per cent."],
    )


def drawn_shares(rng: np.random.Generator) -> dict[int, float]:
    first, second = rng.choice(len(COMPONENTS), 2, replace=False)
    share = float(rng.uniform(0.05, 0.5))
    return {int(first): 1.0} if rng.random() < 0.5 else {int(first): 1 - share, int(second): share}


def particles_of(ratio: np.ndarray, unreadable: tuple[int, ...]) -> pd.DataFrame:
    rows = []
    for row, shares in enumerate(ratio):
        order = [place for place in np.argsort(-shares) if shares[place] > 0]
        names = [COMPONENTS[place] for place in order]
        minor = "".join(f" with about {100 * shares[place]:.0f} % {COMPONENTS[place]}" for place in order[1:])
        bad = row in unreadable
        rows.append(
            {
                "file": HOSTILE if row == 3 else f"filter/particle_{row}.csv",
                "spectrum": str(row),
                "answer": "" if bad else names[0] + minor,
                "status": "unreadable" if bad else "identified",
                "reason": "line 3: 'n/a' is no number" if bad else "All above their thresholds.",
                "nnls_answer": " + ".join(names),
                "library_answer": "" if bad else names[0],
                "library_hit_quality": np.nan if bad else 0.9 + 0.0001 * (row % 900),
                "disagreement": row % 10 == 4,
                "decision": "absorbance",
            }
        )
    return pd.DataFrame(rows, columns=list(PARTICLE_COLUMNS))


def predictions_of(ratio: np.ndarray, unreadable: tuple[int, ...]) -> pd.DataFrame:
    row, place = (grid.ravel() for grid in np.indices(ratio.shape))
    share = ratio.ravel()
    frame = pd.DataFrame(
        {"row": row, "component": np.array(COMPONENTS, dtype=object)[place], "present": share > 0}
        | {"probability": np.where(share > 0, 0.98, 0.02), "mixing_ratio": share}
        | {"mixing_ratio_low": np.clip(share - 0.1, 0, 1), "mixing_ratio_high": np.clip(share + 0.1, 0, 1)}
    )
    return frame[~frame["row"].isin(unreadable)][list(PREDICTION_COLUMNS)].reset_index(drop=True)


def with_poor(data: PageData, row: int) -> PageData:
    """Give a spectrum without predictions a sloping spectrum as read, and a reason why it is poor."""
    absorbance, particles = data.absorbance.copy(), data.particles.copy()
    absorbance[row] = np.linspace(0.4, 1.0, absorbance.shape[1])
    particles.loc[row, ["status", "reason"]] = "poor_spectrum", "the highest band is flat over 28 cm-1"
    return dataclasses.replace(data, absorbance=absorbance, particles=particles)


def counts_of(data: PageData, times: int = 1) -> pd.DataFrame:
    """Count what is shown as if there were so many times as many spectra."""
    predictions = data.predictions[data.predictions["present"]]
    main = predictions.sort_values("mixing_ratio").drop_duplicates("row", keep="last")["component"]
    polymers = predictions[predictions["component"] != "unknown"].groupby("row").size()
    rows = [("status", name, (data.particles["status"] == name).sum(), np.nan) for name in STATUSES]
    rows += [("component", c, (predictions["component"] == c).sum(), (main == c).sum()) for c in data.components]
    rows += [(*MIXED, (polymers > 1).sum(), np.nan), (*COMPARED, data.predictions["row"].nunique(), np.nan)]
    rows += [(*DIFFERING, data.particles["disagreement"].sum(), np.nan)]
    counts = pd.DataFrame(rows, columns=list(COUNT_COLUMNS))
    return counts.assign(spectra=times * counts["spectra"], main=times * counts["main"])


class Elements(HTMLParser):
    """Lists elements and their texts as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: dict[str | None, str] = {}
        self.opened: str | None = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "script":
            self.opened = dict(attrs).get("id")
            self.scripts[self.opened] = ""

    def handle_data(self, data):
        if self.tags and self.tags[-1] == "script":
            self.scripts[self.opened] += data

    def handle_endtag(self, tag):
        self.tags.append("/" + tag)


def opened(data: PageData) -> tuple[Elements, dict, dict[str, np.ndarray]]:
    """Read a page back: its elements, its facts, and its arrays as they were before base64."""
    page = Elements(identification_html(data, TEMPLATE))
    shown = json.loads(page.scripts["shown"])
    found = {
        name: np.frombuffer(base64.b64decode(page.scripts[f"array-{name}"]), dtype=f"<{np.dtype(form['kind']).str[1:]}")
        .reshape(form["shape"])
        for name, form in shown["arrays"].items()
    }  # fmt: skip
    return page, shown, found


@pytest.mark.parametrize(("kind", "steps"), [(np.int16, 32767), (np.int8, 127)])
@given(rows=arrays(np.float32, (3, 17), elements=st.floats(-2.0, 2.0, width=32)))
def test_a_rounded_value_is_off_by_half_a_step_at_most(kind, steps, rows):
    largest = np.abs(rows).max(axis=1, keepdims=True)
    tolerance = largest * (0.5 / steps + 2e-7) + 1e-38
    # The smallest normal numbers cannot be divided into steps any further.
    usable = (largest > 1e-30) | (largest == 0)
    back = restored(quantised(rows, kind, "rows"))
    assert np.all((np.abs(back - rows) <= tolerance) | ~usable)


def test_rows_of_nan_stay_nan_and_rows_of_zero_stay_zero():
    rows = np.array([[np.nan, np.nan], [0.0, 0.0], [-1.0, 0.5]])
    back = restored(quantised(rows, np.int16, "rows"))
    assert np.isnan(back[0]).all() and (back[1] == 0).all()
    np.testing.assert_allclose(back[2], [-1.0, 0.5], atol=1.6e-5)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_row_with_a_hole_is_refused_by_name(value):
    rows = np.ones((3, 5))
    rows[1, 2] = value
    with pytest.raises(ValueError, match="maps, row 1: 1 of 5 values are not finite"):
        quantised(rows, np.int8, "maps")


def test_the_page_holds_the_spectra_and_what_they_are_made_of():
    data = page_data(9, unreadable=(7,))  # few enough that library spectra are left out
    _, shown, found = opened(data)
    assert len(found["library"]) < len(data.library)
    read = np.delete(np.arange(9), 7)
    back = found["absorbance"] * found["absorbance_scale"][:, None]
    assert np.abs(back[read] - data.absorbance[read]).max() < 1.6e-5 and np.isnan(back[7]).all()
    coefficients = np.zeros((9, len(found["library"])))
    coefficients[found["coefficient_row"], found["coefficient_entry"]] = found["coefficient"]
    library = found["library"] * found["library_scale"][:, None]
    for place in range(len(COMPONENTS)):
        own, wanted = found["library_component"] == place, data.library_component == place
        expected = data.coefficients[:, wanted] @ data.library[wanted]
        np.testing.assert_allclose(coefficients[:, own] @ library[own], expected, atol=1e-4)
    maps = found["maps"] * found["maps_scale"][:, None]
    assert np.abs(maps - data.maps).max() <= np.abs(data.maps).max() / 254 * 1.001
    assert shown["particles"]["library_hit_quality"][7] is None
    assert (found["present"][7] == NO_PREDICTION).all() and (found["shares"][7] == NONE).all()
    np.testing.assert_allclose(found["shares"][1].reshape(7, 4)[5] / PARTS, [0.98, 0.2, 0.1, 0.3], atol=1e-5)


def test_a_poor_spectrum_is_there_without_predictions():
    data = with_poor(page_data(4, unreadable=(1, 2)), 2)
    _, shown, found = opened(data)
    back = found["absorbance"] * found["absorbance_scale"][:, None]
    np.testing.assert_allclose(back[2], np.linspace(0.4, 1.0, 623), atol=1.6e-5)
    assert np.isnan(back[1]).all() and (found["present"][1:3] == NO_PREDICTION).all()
    assert not np.isin([1, 2], found["coefficient_row"]).any() and not np.isin([1, 2], found["map_row"]).any()
    statuses = shown["particles"]["status"]
    assert statuses["texts"][statuses["codes"][2]] == "poor_spectrum"


def test_maps_are_sorted_by_spectrum_whatever_their_order():
    data = page_data(6)
    turned = slice(None, None, -1)
    mixed = dataclasses.replace(
        data, maps=data.maps[turned], map_row=data.map_row[turned], map_component=data.map_component[turned]
    )
    one, other = opened(data)[2], opened(mixed)[2]
    for name in ("maps", "maps_scale", "map_row", "map_component"):
        np.testing.assert_array_equal(one[name], other[name])
    assert (np.diff(one["map_row"].astype(int)) >= 0).all()


def test_maps_of_components_that_were_not_found_stay_out():
    data = page_data(3)
    more = dataclasses.replace(
        data,
        maps=np.concatenate([np.full((1, 156), 9.0), data.maps]),
        map_row=np.concatenate([[0], data.map_row]),
        map_component=np.concatenate([[COMPONENTS.index("PU")], data.map_component]),
    )
    np.testing.assert_array_equal(opened(more)[2]["maps"], opened(data)[2]["maps"])


def test_library_and_reference_spectra_that_nothing_uses_stay_out():
    data = page_data(1)
    _, shown, found = opened(data)
    assert len(found["library"]) == 1 and len(found["references"]) == 3
    names = [shown["reference_names"][place] for place in found["nearest"][0]]
    assert names == [data.reference_names[place] for place in data.nearest[0]]


def test_no_text_of_a_laboratory_becomes_markup():
    data = page_data(5)
    hostile = data.particles.assign(answer=HOSTILE, reason="<!-- " + HOSTILE, decision="\u2028" + HOSTILE)
    bands = data.bands.assign(vibration=HOSTILE)
    data = dataclasses.replace(
        data, title=HOSTILE, particles=hostile, bands=bands, notes=[HOSTILE], facts={HOSTILE: HOSTILE}
    )
    page, shown, found = opened(data)
    assert "img" not in page.tags and page.tags.count("script") == page.tags.count("/script") == len(found) + 2
    assert shown["title"] == HOSTILE and shown["particles"]["file"]["texts"][3] == HOSTILE
    assert "<" not in page.scripts["shown"]


def test_the_policy_allows_the_pages_own_script_and_style_and_no_other_source():
    html = identification_html(page_data(2), TEMPLATE)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for rule, pattern in (("script-src", r"<script>(.*?)</script>"), ("style-src", r"<style>(.*?)</style>")):
        [inlined] = re.findall(pattern, html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inlined.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    assert rules["default-src"] == "'none'"
    assert not re.search(r"\b(src|href)\s*=", re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL))
    assert not re.search(r"https?://", html.replace("http://www.w3.org/2000/svg", ""))


@pytest.mark.parametrize(("spectra", "unreadable"), [(0, ()), (1, ()), (1, (0,)), (4, (0, 1, 2, 3))])
def test_few_spectra_and_none_that_can_be_read(spectra, unreadable):
    data = page_data(spectra, unreadable)
    _, shown, found = opened(data)
    assert shown["spectra"] == spectra and found["absorbance"].shape == (spectra, 623)
    assert len(found["maps"]) == len(data.maps) == (spectra - len(unreadable))
    assert np.isnan(found["absorbance_scale"]).sum() == len(unreadable)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: {"absorbance": d.absorbance[:2]}, r"absorbance has shape \(2, 623\)"),
        (lambda d: {"particles": d.particles.drop(columns="reason")}, "particles lacks column 'reason'"),
        (lambda d: {"particles": d.particles.assign(status="fine")}, "status 'fine' is not one of identified"),
        (lambda d: {"bands": d.bands.assign(component="PTFE")}, "bands: component 'PTFE'"),
        (lambda d: {"map_row": d.map_row + 5}, "map_row: .* is not between 0 and 3"),
        (lambda d: {"nearest": d.nearest + 99}, "nearest: .* is not between -1 and 20"),
        (lambda d: {"coefficients": d.coefficients - 0.1}, "coefficients must not be negative; the lowest is -0.1"),
        (lambda d: {"wavenumber": d.wavenumber[::-1]}, "wavenumber must ascend"),
        (lambda d: {"predictions": pd.concat([d.predictions, d.predictions[:1]])}, "row 0 has component 'PE' twice"),
        (lambda d: {"counts": counts_of(d).iloc[:-1]}, "counts lack methods 'differ'"),
        (lambda d: {"counts": counts_of(d).drop(columns="main")}, "counts lacks column 'main'"),
        (lambda d: {"counts": counts_of(d, times=0)}, "counts are of 0 spectra, fewer than the 4 that are shown"),
    ],
)
def test_parts_that_do_not_fit_are_refused(change, message):
    data = page_data(4)
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(data, **change(data))


def test_the_page_holds_the_counts_of_all_spectra():
    data = page_data(9, unreadable=(7,))
    assert opened(data)[1]["counts"] is None
    counts = opened(dataclasses.replace(data, counts=counts_of(data, times=1000)))[1]["counts"]
    assert counts["status"] == [8000, 0, 0, 0, 1000]
    assert sum(counts["main"]) == 8000 == counts["compared"] and max(counts["any"]) <= 8000
    assert counts["mixed"] % 1000 == 0 and counts["differing"] == 1000


def test_mixtures_are_counted_by_their_polymers(tmp_path):
    names = ["PE", "PS", FOREIGN]
    present = [[True, True, False], [True, False, True], [True, True, True], [False, False, True], None]
    shares = [None if row is None else [float(here) / sum(row) for here in row] for row in present]
    results = {
        "file": [f"{place}.csv" for place in range(5)],
        "spectrum": [""] * 5,
        "status": ["identified", "plastic_and_unknown", "plastic_and_unknown", "unknown", "unreadable"],
        "disagreement": [True, False, False, True, False],
        "present": present,
    }
    lists = dict.fromkeys(("probability", "mixing_ratio", "mixing_ratio_low", "mixing_ratio_high"), shares)
    outputs = {name: tmp_path / name for name in ("predictions_csv", "predictions_parquet", "particles_csv")}
    counts = gather([], result_table(results | lists), names, outputs)
    found = counts.set_index(["kind", "name"])["spectra"]
    assert (found[MIXED], found[COMPARED], found[DIFFERING]) == (2, 4, 2)


def test_a_share_above_one_is_refused():
    data = page_data(2)
    spoilt = dataclasses.replace(data, predictions=data.predictions.assign(probability=1.2))
    with pytest.raises(ValueError, match=r"probability 1.2 is not between 0 and 1"):
        identification_html(spoilt, TEMPLATE)


@pytest.mark.parametrize(
    ("vibration", "marked"),
    [
        ("nu_as CH2", "ν_{as} CH_{2}"),
        ("delta_s CH3 (umbrella)", "δ_{s} CH_{3} (umbrella)"),
        ("nu(C=O)", "ν(C=O)"),
        ("nu C#N", "ν C≡N"),
        ("amide III of PA6", "amide III of PA6"),
    ],
)
def test_vibrations_are_written_as_chemists_do(vibration, marked):
    assert vibration_marks(vibration) == marked
