"""Foreign material: everything that is none of the study's polymers, for learning when not to know.

A network that has only seen its own polymers calls cotton one of them. It is therefore trained with
one component more, which stands for all that is foreign, on spectra of materials such as cellulose, protein
and other polymers (outlier exposure; Hendrycks et al. 2019, arXiv 1812.04606). Whether that helps with
materials that it was *not* shown is what has to be measured: families of materials are dealt into parts, and
of each part a network tells that was shown all the others.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from ftirmix.bands import material_spectrum
from ftirmix.errors import StudyError
from ftirmix.spectra import Spectra, concatenate
from ftirmix.splits import join_near_duplicates

FOREIGN = "foreign"
# Labels that name no one material.
UNCLEAR = ("ambiguous", "PE+PP")
KIN, MINERAL = "kin", "calculated mineral"
# Parts of the families are numbered from 0; kin and calculated minerals belong to none.
NO_PART, IS_MINERAL = -1, -2
# Which foreign materials train: all, or all but one part of the families, ``without0`` and so on.
ALL, WITHOUT = "all", "without"
# Fillers and sediment, of which the laboratories measured next to nothing within the window.
MINERALS = {
    "X_BaSO4": "barium sulfate",
    "X_CaCO3_calcite": "calcite",
    "X_TiO2": "titanium dioxide",
    "X_Zn_Ca_stearate": "stearate",
    "X_kaolin": "kaolin",
    "X_quartz_silica": "quartz",
    "X_talc": "talc",
}
VARIANTS = 6
# How bands of minerals differ between specimens: position in cm^-1, width and height as factors.
POSITION_SD_CM1, WIDTH_SD, HEIGHT_SD = 3.0, 0.15, 0.3


def read_families(path: Path) -> pd.DataFrame:
    """Read which family each foreign material belongs to: columns material, family, kin.

    A material of the family ``kin`` is a derivative of the study's polymer that column kin names, such as
    polyethylene wax: its spectrum is that polymer's, so calling it foreign would be no merit.

    Raises:
        StudyError: a column is missing, or a material is listed twice.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    for column in ("material", "family", "kin"):
        if column not in table.columns:
            raise StudyError(f"{path}: column {column!r} is missing")
    repeated = table["material"][table["material"].duplicated()]
    if len(repeated):
        raise StudyError(f"{path}: material {repeated.iloc[0]!r} is listed twice; list it once")
    return table


def foreign_spectra(
    spectra: Spectra, components: list[str], families: pd.DataFrame, suspects: set[str], cosine: float,
    recorded_cosine: float, parts: int, folds: int, seed: int,
) -> Spectra:  # fmt: skip
    """Take the spectra of foreign materials, with their specimen, family and part.

    Args:
        spectra: all preprocessed spectra of the study.
        components: the study's components.
        families: table of :func:`read_families`.
        suspects: spectra whose label is in doubt; none of them trains, but what becomes of them is told.
        cosine: at which two spectra of a laboratory count as one specimen.
        recorded_cosine: the same where both specimens are recorded.
        parts: number of parts that families are dealt into.
        folds: number of parts that specimens are dealt into.
        seed: of the deal of specimens.

    Returns:
        Spectra whose table has the columns suspect, family, kin, part (-1 for kin) and fold besides the usual ones.

    Raises:
        StudyError: a material has no family.
    """
    table = spectra.table
    chosen = ~table["component"].isin([*components, *UNCLEAR])
    foreign = spectra.take(chosen.to_numpy())
    listed = families.set_index("material")
    unknown = sorted(set(foreign.table["component"]) - set(listed.index))
    if unknown:
        raise StudyError(
            f"workflow/sources/families.csv: material {unknown[0]!r} has no family; add a row (material, family, kin)"
        )
    named = foreign.table.assign(
        specimen=join_near_duplicates(foreign, cosine, recorded_cosine),
        suspect=foreign.table["spectrum"].isin(suspects).to_numpy(),
        family=foreign.table["component"].map(listed["family"]).to_numpy(),
        kin=foreign.table["component"].map(listed["kin"]).to_numpy(),
    )
    dealt = named.assign(part=parts_of(named, parts).to_numpy(), fold=folds_of(named, folds, seed).to_numpy())
    return Spectra(foreign.wavenumber, foreign.absorbance, dealt)


def calculated_minerals(
    bands: pd.DataFrame, wavenumber: np.ndarray, laboratories: list[str], folds: int, seed: int
) -> Spectra:
    """Calculate minerals from their bands, each specimen with bands a little elsewhere.

    Args:
        bands: table of bands.
        wavenumber: grid, cm^-1.
        laboratories: that are to have them; a mixture takes all its parts from one laboratory.
        folds: number of parts that specimens are dealt into.
        seed: of the variants.

    Returns:
        Spectra as of :func:`foreign_spectra`, with ``IS_MINERAL`` as their part.
    """
    rng = np.random.default_rng([seed, 7])
    rows, spectra = [], []
    for laboratory in laboratories:
        for material, name in MINERALS.items():
            own = bands[bands["polymer"] == material]
            for variant in range(VARIANTS):
                count = len(own)
                moved = own.assign(
                    wavenumber_cm1=own["wavenumber_cm1"] + rng.normal(0, POSITION_SD_CM1, count),
                    fwhm_cm1=own["fwhm_cm1"] * np.exp(rng.normal(0, WIDTH_SD, count)),
                    relative_absorbance_0_1=own["relative_absorbance_0_1"] * np.exp(rng.normal(0, HEIGHT_SD, count)),
                )
                spectra.append(material_spectrum(moved, material, wavenumber))
                specimen = f"{laboratory}/{name}/{variant}"
                rows.append((f"calculated/{specimen}", laboratory, specimen, name, variant % folds))
    names, places, specimens, materials, fold = map(list, zip(*rows, strict=True))
    table = pd.DataFrame(
        {
            "spectrum": names, "source": "calculated", "laboratory": places, "specimen": specimens, "label": materials,
            "component": materials, "condition": "reference", "suspect": False, "family": MINERAL, "kin": "",
            "part": IS_MINERAL, "fold": fold,
        }
    )  # fmt: skip
    return Spectra(wavenumber, np.stack(spectra).astype(np.float32), table)


def folds_of(table: pd.DataFrame, folds: int, seed: int) -> pd.Series:
    """Deal the specimens of every family into folds, one after another, going on where the last family ended.

    Args:
        table: columns family, laboratory and specimen.
        folds: number of folds.
        seed: of the order of specimens.
    """
    rng = np.random.default_rng(seed)
    key = table["laboratory"] + "/" + table["specimen"]
    fold: dict[str, int] = {}
    for _, rows in sorted(table.groupby("family").groups.items()):
        for specimen in rng.permutation(sorted(set(key[rows]) - set(fold))):
            fold[specimen] = len(fold) % folds
    return key.map(fold).astype(int)


def parts_of(table: pd.DataFrame, parts: int) -> pd.Series:
    """Deal families into parts: largest first, one to each in turn; kin belongs to none (-1).

    Args:
        table: columns family and specimen.
        parts: number of parts.
    """
    specimens = table[table["family"] != KIN].groupby("family")["specimen"].nunique()
    order = sorted(specimens.index, key=lambda family: (-specimens[family], family))
    part = {family: place % parts for place, family in enumerate(order)}
    return table["family"].map(part).fillna(NO_PART).astype(int)


def trains(foreign: pd.DataFrame, materials: str) -> pd.Series:
    """Tell which foreign spectra train; kin and what is in doubt never do, minerals always.

    Args:
        foreign: table of :func:`foreign_spectra`.
        materials: ``all``, or ``without`` and the number of the part that is held back.
    """
    held_back = NO_PART if materials == ALL else int(materials.removeprefix(WITHOUT))
    return ~foreign["part"].isin([NO_PART, held_back]) & ~foreign["suspect"]


def with_foreign(
    endmembers: Spectra, split: pd.DataFrame, foreign: Spectra, materials: str, left_out: str | None
) -> tuple[Spectra, pd.DataFrame]:
    """Add foreign material to endmembers, as one component of which everything trains.

    Every material counts as at most four specimens in a laboratory, so that the one of which a laboratory has most
    does not stand for all. Where all families train, the specimens of a fold's own part stay out of that fold, to
    tell what becomes of new specimens of materials that are known.

    Args:
        endmembers: of the study.
        split: of a protocol, a row per endmember and a column per fold.
        foreign: of :func:`foreign_spectra`.
        materials: see :func:`trains`.
        left_out: laboratory whose spectra must not train, or None.

    Returns:
        Endmembers with those of component ``FOREIGN`` behind them, and their split.
    """
    keep = trains(foreign.table, materials) & (foreign.table["laboratory"] != left_out)
    chosen = foreign.take(keep.to_numpy())
    table = chosen.table
    number = table.groupby(["laboratory", "component"], sort=False).cumcount() % 4
    added = table.assign(
        specimen=table["laboratory"] + "/" + table["component"] + "/" + number.astype(str),
        component=FOREIGN,
    )[endmembers.table.columns]
    subsets = {column: "train" for column in split.columns if column.startswith("fold")}
    rows = added[[column for column in split.columns if column not in subsets]].assign(**subsets)[split.columns]
    if materials == ALL and left_out is None:
        for column in subsets:
            rows.loc[(table["fold"] == int(column.removeprefix("fold"))).to_numpy(), column] = "test"
    joined = concatenate([endmembers, Spectra(chosen.wavenumber, chosen.absorbance, added)])
    return joined, pd.concat([split, rows], ignore_index=True)


def mixed_with_foreign(
    plastics: Spectra, foreign: Spectra, shares: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, pd.DataFrame]:
    """Mix plastics with foreign material of the same laboratory, intimately, for telling what is found of either.

    Args:
        plastics: endmembers.
        foreign: spectra of materials.
        shares: of the foreign material, one mixture each.
        rng: draws the partners.

    Returns:
        Absorbance of unit maximum, shape (mixture, wavenumber), and a table with the columns component, material,
        family, share, specimen, foreign_specimen.

    Raises:
        StudyError: no laboratory has both.
    """
    laboratories = sorted(set(plastics.table["laboratory"]) & set(foreign.table["laboratory"]))
    if not laboratories:
        raise StudyError("no laboratory has both a polymer of the study and foreign material; none can be mixed")
    rows = []
    for share in shares:
        laboratory = laboratories[rng.integers(len(laboratories))]
        pair = []
        for pool in (plastics, foreign):
            offered = pool.table[pool.table["laboratory"] == laboratory]
            component = rng.choice(sorted(offered["component"].unique()))
            pair.append(rng.choice(offered.index[offered["component"] == component]))
        rows.append((*pair, share))
    plastic, other, share = (np.array(column) for column in zip(*rows, strict=True))
    mixed = (1 - share)[:, None] * plastics.absorbance[plastic] + share[:, None] * foreign.absorbance[other]
    table = pd.DataFrame(
        {
            "component": plastics.table["component"].to_numpy()[plastic],
            "material": foreign.table["component"].to_numpy()[other],
            "family": foreign.table["family"].to_numpy()[other],
            "share": share,
            "specimen": plastics.table["specimen"].to_numpy()[plastic],
            "foreign_specimen": foreign.table["specimen"].to_numpy()[other],
        }
    )
    return (mixed / mixed.max(axis=1, keepdims=True)).astype(np.float32), table
