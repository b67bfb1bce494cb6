#!/usr/bin/env python3
"""Runs `inn-tui bench` and the PyTorch peer in turn on the same weights and batches, and prints the ratio pair by pair."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inn-tui", type=Path, default=HERE.parents[1] / ".build/release/inn-tui", help="the program to compare")
    parser.add_argument("--pairs", type=int, default=3, help="how often each side runs")
    parser.add_argument("--modes", default="eager,compiled", help="how PyTorch runs: eager, compiled or both, separated by a comma")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20, help="training steps of the peer")
    parser.add_argument("--tolerance", type=float, default=1e-3, help="largest allowed loss difference in nats")
    parser.add_argument("--keep", type=Path, help="folder for the exchanged files, kept afterwards; default: a temporary one")
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    parser.add_argument("bench", nargs="*", help="options for inn-tui bench, after --, such as -- --preset small")
    options = parser.parse_args()
    options.modes = options.modes.split(",")
    if not set(options.modes) <= {"eager", "compiled"}:
        parser.error(f"--modes is {','.join(options.modes)}, but may only hold eager and compiled.")
    return options


def prepare():
    """Makes the virtual environment of the peer if there is none."""
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", HERE / ".venv"], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "-r", HERE / "requirements.txt"], check=True)


def run_ours(options, folder):
    command = [options.inn_tui, "bench", "--peer-export", folder, "--threads", str(options.threads), *options.bench]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads((folder / "result.json").read_text())


def run_peer(options, folder, mode):
    command = [PYTHON, HERE / "inn_peer.py", "--from", folder, "--threads", str(options.threads), "--steps", str(options.steps)]
    if mode == "compiled":
        command.append("--compile")
    environment = {**os.environ, "OMP_NUM_THREADS": str(options.threads)}
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout)


def loss_difference(ours, peer):
    """Largest difference over the first 20 steps that both made."""
    pairs = list(zip(ours["losses"][:20], peer["losses"][:20]))
    if not pairs:
        sys.exit("One side reports no losses, so the two runs cannot be compared; run at least one step.")
    return max(abs(a - b) for a, b in pairs)


def measure(options, folder):
    """Yields one row per mode and pair, the sides in turn."""
    for pair in range(options.pairs):
        ours = run_ours(options, folder)
        dropout = json.loads((folder / "config.json").read_text())["model"]["dropout"]
        for mode in options.modes:
            peer = run_peer(options, folder, mode)
            yield dict(
                pair=pair + 1, mode=mode, ours=ours["charactersPerSecond"], peer=peer["charactersPerSecond"],
                ratio=ours["charactersPerSecond"] / peer["charactersPerSecond"], oursBytes=ours["peakBytes"], peerBytes=peer["peakBytes"],
                # With dropout the two draw different masks, and their losses differ by that.
                lossDifference=loss_difference(ours, peer) if dropout == 0 else None)


def show(row):
    difference = "not compared (dropout)" if row["lossDifference"] is None else f"{row['lossDifference']:.2e}"
    print(
        f"pair {row['pair']}  {row['mode']:8}  inn-tui {row['ours']:9.0f}/s  peer {row['peer']:9.0f}/s  ratio {row['ratio']:6.2f}  "
        f"memory {row['oursBytes'] / 2**20:6.0f} : {row['peerBytes'] / 2**20:.0f} MiB  loss difference {difference}", flush=True)


def summarise(options, rows):
    for mode in options.modes:
        ratios = [row["ratio"] for row in rows if row["mode"] == mode]
        print(f"{mode}: ratio {statistics.median(ratios):.2f} (median of {len(ratios)}; {min(ratios):.2f} to {max(ratios):.2f})")


def main():
    options = arguments()
    prepare()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        rows = []
        for row in measure(options, folder):
            rows.append(row)
            if not options.json:
                show(row)
    differences = [row["lossDifference"] for row in rows if row["lossDifference"] is not None]
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        summarise(options, rows)
    # A NaN must count as a difference too.
    if any(not difference <= options.tolerance for difference in differences):
        sys.exit(f"The losses differ by {max(differences):.2e}, more than {options.tolerance:.0e}; the two do not train the same model.")


if __name__ == "__main__":
    main()
