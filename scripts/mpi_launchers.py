"""The installed MPIs and the ranks that they start: shared by check-ranks, check-hosts and bench-ranks."""

import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RANK_VARIABLES = ("OMPI_COMM_WORLD_RANK", "PMI_RANK")


class MPI:
    """A launcher with its compiler. Debian has several side by side, each with a suffix; elsewhere there is one without."""

    def __init__(self, compiler, launcher, folder):
        self.name, self.launcher = os.path.basename(launcher), launcher
        version = subprocess.run([launcher, "--version"], capture_output=True, text=True).stdout
        self.is_open = "Open MPI" in version or "OpenRTE" in version
        self.plug_in = folder / f"libinn-mpi-{self.name}.so"
        subprocess.run(["make", "-s", "-C", str(ROOT), "mpi", f"MPICC={compiler}", f"PLUGIN={self.plug_in}"], check=True)

    def command(self, ranks):
        """Starts so many ranks, also as root and with more ranks than cores."""
        own = ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"] if self.is_open else []
        return [self.launcher, "-n", str(ranks), *own]

    def command_on(self, hosts, folder):
        """Starts a rank on each of some simulated hosts, from the first."""
        agent = folder / "agent"
        # In place of ssh: options, the address, then a line for a shell.
        cases = "\n".join(f'    {host.address}) shift; exec {" ".join(host.enter())} sh -c "$*" ;;' for host in hosts)
        agent.write_text(f'#!/bin/sh\nwhile case $1 in -*) true ;; *) false ;; esac; do shift; done\ncase $1 in\n{cases}\nesac\nexit 1\n')
        agent.chmod(0o700)
        names = ",".join(host.address for host in hosts)
        launch = [self.launcher, "-n", str(len(hosts))]
        if self.is_open:
            launch += ["--allow-run-as-root", "--bind-to", "none", "--host", names, "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self",
                       "--mca", "btl_tcp_if_include", "wire", "--mca", "oob_tcp_if_include", "wire", "-x", "INN_MPI_PLUGIN"]
        else:
            # Both hosts have one memory, which they must not find.
            launch += ["-genv", "UCX_TLS", "tcp,self", "-genv", "UCX_NET_DEVICES", "wire", "-ppn", "1", "-hosts", names, "-launcher", "ssh", "-launcher-exec", str(agent), "-iface", "wire"]
        return hosts[0].enter(*launch)

    def environment(self):
        return dict(os.environ, INN_MPI_PLUGIN=str(self.plug_in))


def installed(folder):
    """All MPIs; builds the plug-in for each. Ends the program where there is none."""
    pairs = [(f"mpicc.{name}", f"mpirun.{name}") for name in ("openmpi", "mpich")]
    pairs = [pair for pair in pairs if all(map(shutil.which, pair))] or [("mpicc", "mpirun")]
    if not all(map(shutil.which, pairs[0])):
        sys.exit("There is no MPI (mpicc and mpirun); install Open MPI or MPICH.")
    return [MPI(compiler, shutil.which(launcher), folder) for compiler, launcher in pairs]


def words(process, name):
    try:
        return pathlib.Path(f"/proc/{process}/{name}").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def processes(run):
    """By rank, the processes that train this run."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        line = words(entry, "cmdline")
        if not line or not line[0].endswith("/inn-tui") or run not in line:
            continue
        variables = dict(word.split("=", 1) for word in words(entry, "environ") if "=" in word)
        number = next((variables[name] for name in RANK_VARIABLES if name in variables), None)
        if number is not None:
            found[int(number)] = int(entry)
    return found


def exists(process):
    """Whether there is such a process, also as a zombie."""
    return os.path.exists(f"/proc/{process}")


def wait_until(condition, seconds):
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
