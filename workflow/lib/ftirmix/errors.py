"""Exceptions that carry a message for the person who runs the study."""

from pathlib import Path


class StudyError(ValueError):
    """Something in the data or the config that its owner can repair.

    The message names the file or spectrum, the value, the rule it breaks and the repair.
    """


class DamagedFile(StudyError):
    """A file that a rule makes is truncated or altered; a job that finds one has it made anew by the next run."""

    def __init__(self, path: Path, reason: str, repair: str = "run again, its rule makes it anew") -> None:
        super().__init__(f"{path}: {reason}; {repair}")
        self.path = path
