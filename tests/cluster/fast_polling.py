"""Snakemake whose SLURM plugin asks for finished jobs every two seconds.

The plugin waits 10 s longer each time that nothing has finished, up to three minutes, which no option
changes. That is right for a shared cluster and slow in a test. All else is the plugin's own.
"""

import sys

import snakemake_executor_plugin_slurm as plugin
from snakemake.cli import main

SECONDS = 2.0

if __name__ == "__main__":
    plugin.Executor.next_seconds_between_status_checks = property(lambda self: SECONDS, lambda self, seconds: None)
    sys.argv[0] = "snakemake"
    main()
