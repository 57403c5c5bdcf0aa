"""Settings of the whole test suite."""

from hypothesis import settings

# Derandomised: the same tests everywhere. No deadline: a busy machine is no failure.
settings.register_profile("ftirmix", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("ftirmix")
