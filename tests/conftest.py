"""Settings of the whole test suite."""

import os

# One thread, as in jobs: before numpy and torch read it. Small networks are slower on several, and
# many times slower on a machine that has other work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings  # noqa: E402

# Derandomised: the same tests everywhere. No deadline: a busy machine is no failure.
settings.register_profile("ftirmix", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("ftirmix")
