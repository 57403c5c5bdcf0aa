"""An accounting database for a SLURM that a test starts: MariaDB and slurmdbd, in the cluster's folder."""

import getpass
import subprocess
from pathlib import Path

from tests.cluster.slurm import Cluster, answers, executable, free_ports, wait_until

PROGRAMS = ("slurmdbd", "mariadbd", "mariadb-install-db", "mariadb")
SETTINGS = """\
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={storage_port}
StorageUser=slurm
StoragePass=slurm
StorageLoc=accounting
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
"""
USER = "create user slurm@'%' identified by 'slurm'; grant all on accounting.* to slurm@'%';"


def start_accounting(cluster: Cluster, port: int) -> None:
    """Start the database and the daemon in front of it, and make the cluster known to them.

    Raises:
        TimeoutError: one of them did not come up.
    """
    folder, user = cluster.folder, getpass.getuser()
    storage_port = free_ports(1)[0]
    start_database(cluster, folder / "database", storage_port, user)
    settings = folder / "slurmdbd.conf"
    settings.write_text(SETTINGS.format(folder=folder, port=port, storage_port=storage_port, user=user))
    settings.chmod(0o600)  # it will not start otherwise
    cluster.start("slurmdbd", executable("slurmdbd"), "-D")
    wait_until(lambda: answers(cluster, "sacctmgr", "--noheader", "list", "cluster"), "slurmdbd answers")
    cluster.call("sacctmgr", "--immediate", "add", "cluster", "test")


def start_database(cluster: Cluster, folder: Path, port: int, user: str) -> None:
    """Start MariaDB on a port of its own, with one user."""
    install = [executable("mariadb-install-db"), "--no-defaults", f"--datadir={folder}", f"--user={user}"]
    options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
    subprocess.run([*install, *options], check=True, capture_output=True)
    socket = cluster.folder / "db.socket"
    cluster.start(
        "mariadbd", executable("mariadbd"), "--no-defaults", f"--datadir={folder}", f"--user={user}",
        f"--port={port}", "--bind-address=127.0.0.1", f"--socket={socket}", f"--pid-file={cluster.folder / 'db.pid'}",
        "--innodb-buffer-pool-size=64M",
    )  # fmt: skip
    client = [executable("mariadb"), "--no-defaults", f"--socket={socket}", "--user=root", "--execute"]
    wait_until(lambda: subprocess.run([*client, "select 1"], capture_output=True).returncode == 0, "MariaDB answers")
    subprocess.run([*client, USER], check=True, capture_output=True)
