"""Names of the columns of flat tables, for those who write them and for those who score."""

SEPARATOR = ";"


def ratio_column(component: str) -> str:
    """Name the column of a component's true mixing ratio."""
    return f"ratio_{component}"


def present_column(component: str) -> str:
    """Name the column that says whether a component is in the mixture."""
    return f"present_{component}"


def wavenumber_column(value: float) -> str:
    """Name the column of a wavenumber, e.g. ``680`` or ``680.5``."""
    return f"{value:g}"
