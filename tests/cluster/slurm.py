"""A real SLURM on this one machine, for as long as a test needs it: munge, one controller, two nodes, no database."""

import getpass
import os
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

DAEMONS = ("munged", "mungekey", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo", "sacct", "sacctmgr", "sshare")
SEARCHED = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
START_SECONDS = 60  # on a machine that does other work as well
NODES = ("n1", "n2")

# Finished jobs stay known for an hour, since no database keeps them; jobcomp.txt gets a line for each for good.
# Cores and memory are scheduled as on a cluster. Memory is looked at every second and a job that has more than it
# asked for is ended, as clusters do by cgroups, which would need more of the machine than a test should ask for.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmdSpoolDir={folder}/spool.%n
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
SwitchType=switch/none
MpiDefault=none
MinJobAge={job_age}
{accounting}JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobcomp.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=2
OverTimeLimit=0
KillWait=5
CompleteWait=0
InactiveLimit=0
ReturnToService=2
SlurmctldTimeout=300
SlurmdTimeout={node_timeout}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefMemPerCPU=256 State=UP
"""
NO_ACCOUNTING = "AccountingStorageType=accounting_storage/none\n"
ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/munge.socket
"""
NODE = (
    "NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cores} Boards=1 Sockets=1 "
    "CoresPerSocket={cores} ThreadsPerCore=1 RealMemory={memory_mb} State=UNKNOWN\n"
)


@dataclass
class Cluster:
    """A running SLURM; ``environment`` is what its clients need to find it."""

    folder: Path
    environment: dict[str, str]
    daemons: dict[str, subprocess.Popen] = field(default_factory=dict)
    view: "LateView | None" = None

    def call(self, *command: str, seconds: float = 30) -> str:
        """Call a client of SLURM and return what it printed.

        Raises:
            subprocess.CalledProcessError: it failed.
        """
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
        return done.stdout

    def jobs(self, states: str = "PENDING,CONFIGURING,RUNNING,COMPLETING") -> dict[str, dict[str, str]]:
        """Return id, and node and comment, of the jobs in some states; a comment is the rule and its wildcards."""
        rows = self.call("squeue", "--noheader", "--states", states, "--format", "%i|%N|%T|%k").splitlines()
        cells = [row.split("|", 3) for row in rows if row]
        return {job: {"node": node, "state": state, "comment": comment} for job, node, state, comment in cells}

    def finished(self) -> list[dict[str, str]]:
        """Return what the job-completion log says of every job that has ended: one line each, written by SLURM."""
        path = self.folder / "jobcomp.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        return [dict(cell.split("=", 1) for cell in line.split() if "=" in cell) for line in lines]

    def start(self, name: str, *command: str) -> None:
        """Start a daemon in the foreground of a session of its own, so that its id is known."""
        with (self.folder / f"{name}.out").open("a") as output:
            self.daemons[name] = subprocess.Popen(
                command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def start_node(self, name: str) -> None:
        """Start a node; with a host name of its own where that is allowed, as the nodes of a cluster have."""
        command = [executable("slurmd"), "-D", "-N", name, "-f", str(self.folder / "slurm.conf")]
        if self.view:
            command = self.view.seen_by(name, command)
        if can_name_hosts():
            command = ["unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name, *command]
        self.start(name, *command)

    def cut_power(self, name: str) -> None:
        """End everything that runs on a node at once: its daemon, its jobs, what they started.

        Raises:
            RuntimeError: the node has no host name of its own, by which what runs on it is known.
        """
        node = host_of(self.daemons[name].pid)
        if node is None or node == host_of(os.getpid()):
            raise RuntimeError(f"node {name} shares the host name of this machine")
        for path in Path("/proc").iterdir():
            if path.name.isdigit() and host_of(int(path.name)) == node:
                with suppress(ProcessLookupError):
                    os.kill(int(path.name), signal.SIGKILL)
        self.daemons[name].wait(timeout=START_SECONDS)

    def stop(self) -> None:
        """End the jobs, then exactly the daemons that were started here."""
        try:
            if self.jobs():
                self.call("scancel", "--user", getpass.getuser())
                wait_until(lambda: not self.jobs(), "jobs ended")
        except (subprocess.SubprocessError, TimeoutError):
            pass  # a controller that does not answer cannot end jobs; its daemons are ended all the same
        for daemon in reversed(self.daemons.values()):
            if daemon.poll() is None:
                daemon.send_signal(signal.SIGTERM)
                try:
                    daemon.wait(timeout=15)
                except subprocess.TimeoutExpired:
                    daemon.kill()
                    daemon.wait()
        if self.view:
            self.view.end()


@dataclass(frozen=True)
class LateView:
    """A folder as clients of a network file system see it: that a file is new, each learns late.

    Every client has the folder mounted over itself, for itself alone. What it has looked for and not found stays
    absent for it for some seconds, as the cache of a client has it; and it looks all the time.

    Attributes:
        folder: that is seen late.
        seconds: for which what was not there is still not there.
        processes: folder that holds the process ids of mounts and looking.
        watched: files, relative to the folder, that every client looks for all the time.
    """

    folder: Path
    seconds: int
    processes: Path
    watched: tuple[str, ...] = ()

    def seen_by(self, client: str, command: list[str]) -> list[str]:
        """Return a command that runs another one where the folder is seen late."""
        timeouts = f"negative_timeout={self.seconds},entry_timeout=0,attr_timeout=0"
        mount = [executable("bindfs"), "-f", "-o", f"nonempty,{timeouts}", str(self.folder), str(self.folder)]
        names = shlex.join(["stat", *self.watched, "."])
        pids = shlex.quote(str(self.processes / f"{client}.pid"))
        script = f"""
            cd /
            {shlex.join(mount)} > /dev/null 2>&1 & echo $! >> {pids}
            until grep -q ' {self.folder} fuse' /proc/self/mounts; do kill -0 $! || exit 1; sleep 0.1; done
            cd {shlex.quote(str(self.folder))}
            while {names}; true; do sleep 0.2; done > /dev/null 2>&1 & echo $! >> {pids}
            exec {shlex.join(command)}
        """
        return ["unshare", "--mount", "sh", "-c", script]

    def end(self) -> None:
        """End mounts and looking; a mount is gone with its process."""
        for path in self.processes.glob("*.pid"):
            for process in map(int, path.read_text().split()):
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
            path.unlink()


def can_see_late(folder: Path) -> bool:
    """Tell whether a folder can be mounted over itself for one process alone."""
    if shutil.which("unshare") is None or shutil.which("bindfs") is None:
        return False
    view = LateView(folder, 60, folder)
    command = view.seen_by("probe", ["sh", "-c", "ls new; touch new; ls new"])
    done = subprocess.run(command, capture_output=True, check=False, timeout=START_SECONDS)
    view.end()
    return done.returncode == 0


def executable(name: str) -> str:
    """Find a program, also where only root looks.

    Raises:
        FileNotFoundError: it is not installed.
    """
    found = shutil.which(name, path=SEARCHED)
    if found is None:
        raise FileNotFoundError(name)
    return found


def missing() -> list[str]:
    """List the programs of SLURM that are not installed."""
    needed = (*DAEMONS, "sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo")
    return [name for name in needed if shutil.which(name, path=SEARCHED) is None]


def can_name_hosts() -> bool:
    """Tell whether a process may be given a host name of its own."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "--uts", "hostname", "n1"], capture_output=True, check=False).returncode == 0


def host_of(process: int) -> str | None:
    """Return the namespace of host names that a process is in, or None where there is no such process."""
    try:
        return str(Path(f"/proc/{process}/ns/uts").readlink())
    except OSError:
        return None


def wait_until(condition: Callable[[], object], what: str, seconds: float = START_SECONDS) -> object:
    """Wait until a condition gives something true, and return that.

    Raises:
        TimeoutError: it did not in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise TimeoutError(f"waited {seconds:.0f} s in vain until {what}")


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on."""
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def write_wrappers(folder: Path) -> Path:
    """Write clients that know their cluster: the plugin's job step drops ``SLURM_CONF`` before it calls srun."""
    wrappers = folder / "bin"
    wrappers.mkdir()
    for name in CLIENTS:
        real = shutil.which(name, path=SEARCHED)
        if real is not None:
            wrapper = wrappers / name
            wrapper.write_text(f'#!/bin/sh\nSLURM_CONF="{folder}/slurm.conf" exec "{real}" "$@"\n')
            wrapper.chmod(0o755)
    return wrappers


def answers(cluster: Cluster, *command: str, expected: str = "") -> bool:
    """Tell whether a client succeeds and prints what is expected."""
    try:
        return expected in cluster.call(*command)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return False


@contextmanager
def running_cluster(
    folder: Path,
    cores: int = 2,
    memory_mb: int = 6000,
    node_timeout: int = 30,
    accounting: Callable[[Cluster, int], None] | None = None,
    view: LateView | None = None,
) -> Iterator[Cluster]:
    """Run a SLURM of two nodes in a folder, and end it.

    Args:
        folder: holds everything that SLURM writes.
        cores: cores of each node; both nodes together may have more than the machine.
        memory_mb: memory of each node in MB.
        node_timeout: seconds of silence after which a node counts as dead.
        accounting: starts a database on a port that keeps what became of jobs; SLURM itself then forgets it
            after two seconds.
        view: of a folder that the nodes see late.

    Raises:
        TimeoutError: SLURM did not come up.
    """
    folder.mkdir(mode=0o755, parents=True)
    (folder / "state").mkdir(mode=0o700)
    host, user = socket.gethostname().split(".")[0], getpass.getuser()
    *ports, accounting_port = free_ports(2 + len(NODES))
    text = CONFIGURATION.format(
        host=host, user=user, folder=folder, controller_port=ports[0], node_timeout=node_timeout,
        job_age=2 if accounting else 3600,
        accounting=(ACCOUNTING if accounting else NO_ACCOUNTING).format(port=accounting_port, folder=folder),
    )  # fmt: skip
    for name, port in zip(NODES, ports[1:], strict=True):
        (folder / f"spool.{name}").mkdir()
        text += NODE.format(name=name, host=host, port=port, cores=cores, memory_mb=memory_mb)
    (folder / "slurm.conf").write_text(text)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SLURM_", "SBATCH_", "SRUN_"))}
    path = os.pathsep.join([str(write_wrappers(folder)), SEARCHED])
    cluster = Cluster(folder, {**kept, "SLURM_CONF": str(folder / "slurm.conf"), "PATH": path}, view=view)
    key = folder / "munge.key"
    subprocess.run([executable("mungekey"), "--create", f"--keyfile={key}"], check=True)
    key.chmod(0o400)
    try:
        names = {"socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log", "seed-file": "seed"}
        options = [f"--{option}={folder / name}" for option, name in names.items()]
        cluster.start("munged", executable("munged"), "--foreground", "--force", f"--key-file={key}", *options)
        wait_until((folder / "munge.socket").exists, "munge answers")
        if accounting:
            accounting(cluster, accounting_port)
        cluster.start("slurmctld", executable("slurmctld"), "-D", "-c", "-f", str(folder / "slurm.conf"))
        wait_until(lambda: answers(cluster, "scontrol", "ping", expected="is UP"), "the controller answers")
        for name in NODES:
            cluster.start_node(name)
        states = ("sinfo", "--noheader", "--Node", "--format", "%N=%T")
        for name in NODES:
            wait_until(lambda name=name: answers(cluster, *states, expected=f"{name}=idle"), f"node {name} is idle")
        yield cluster
    finally:
        cluster.stop()
