"""The one exception that carries a message for the person who runs the study."""


class StudyError(ValueError):
    """Something in the data or the config that its owner can repair.

    The message names the file or spectrum, the value, the rule it breaks and the repair.
    """
