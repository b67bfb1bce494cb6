"""Trains the PyTorch peer on given batches and prints its losses and speed as JSON; see README.md."""

import argparse
import ctypes
import json
import os
import resource
import statistics
import sys
import time
from pathlib import Path

# Large pages for large tensors; read when PyTorch first allocates.
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

import numpy as np
import torch
from safetensors.torch import load_file

import baseline_models
from peer_check import self_test
from peer_model import PRESETS, IntelligentNeuralNetwork, parameter_groups
from peer_scan import SCANS

OPTIMIZER = dict(learningRate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, weightDecay=0.01, decaysEverything=False, clip=1.0)


def keep_freed_memory():
    """Tells glibc to reuse freed memory instead of returning it, which costs a page fault per page and step."""
    if sys.platform.startswith("linux"):
        trim_threshold, mmap_max = -1, -4
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_max, 0)
        libc.mallopt(trim_threshold, -1)


def arguments():
    parser = argparse.ArgumentParser(description="PyTorch peer of the Intelligent Neural Network.")
    parser.add_argument("--from", dest="folder", type=Path, help="folder with config.json, weights.safetensors and tokens.i32")
    parser.add_argument("--preset", choices=PRESETS, default="small", help="model, when no folder is given")
    parser.add_argument("--sharing", choices=["own", "conv", "all"])
    parser.add_argument("--gate", choices=["soft", "off"])
    parser.add_argument("--self-edges", action=argparse.BooleanOptionalAction)
    parser.add_argument("--batch", type=int, default=8, help="streams, when no folder is given")
    parser.add_argument("--sequence", type=int, default=128, help="characters per stream and step, when no folder is given")
    parser.add_argument("--steps", type=int, default=20, help="training steps; batches repeat when there are fewer")
    parser.add_argument("--warmup", type=int, default=5, help="first steps that are not timed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scan", choices=SCANS, help="default: sequential, or compiled with --compile")
    parser.add_argument("--attention", choices=["manual", "fused"], default="manual")
    parser.add_argument("--device", default="cpu", help="where PyTorch computes, cpu or cuda")
    parser.add_argument("--tf32", action="store_true", help="let products on a device round their factors to TF32")
    parser.add_argument("--compile", action="store_true", help="use torch.compile")
    parser.add_argument("--self-test", action="store_true", help="check against the reference vectors and exit")
    parser.add_argument(
        "--golden", type=Path, default=Path(__file__).parents[2] / "Tests/INNKitTests/GoldenVectors", help="folder of the reference vectors")
    options = parser.parse_args()
    options.scan = options.scan or ("compiled" if options.compile else "sequential")
    if options.steps <= options.warmup:
        parser.error(f"--steps {options.steps} leaves nothing to time after {options.warmup} warm-up steps; raise it or lower --warmup.")
    return options


def experiment(options):
    """Model configuration, optimizer settings, batches `[steps, 2, batch, time]` and weights (None for fresh ones)."""
    if options.folder:
        description = json.loads((options.folder / "config.json").read_text())
        shape = (-1, 2, description["batchSize"], description["sequenceLength"])
        tokens = np.fromfile(options.folder / "tokens.i32", dtype="<i4").reshape(shape)
        return description["model"], {**OPTIMIZER, **description["optimizer"]}, tokens, load_file(options.folder / "weights.safetensors")
    configuration = dict(PRESETS[options.preset])
    chosen = dict(sharing=options.sharing, gate=options.gate, selfEdges=options.self_edges)
    configuration.update({name: value for name, value in chosen.items() if value is not None})
    symbols = np.random.default_rng(0).integers(0, 27, (options.steps, options.batch, options.sequence + 1), dtype=np.int32)
    return configuration, OPTIMIZER, np.stack([symbols[..., :-1], symbols[..., 1:]], 1), None


def train(options):
    """Trains and returns the report."""
    configuration, settings, batches, weights = experiment(options)
    torch.manual_seed(0)
    is_baseline = configuration.get("family", "inn") != "inn"
    if is_baseline:
        model = baseline_models.make(configuration, options.scan)
        our_name = model.our_name
    else:
        model = IntelligentNeuralNetwork(configuration, options.scan, options.attention)
        our_name = str
    if weights is not None:
        missing = [our_name(name) for name in model.state_dict() if our_name(name) not in weights]
        if missing:
            sys.exit(f"{options.folder / 'weights.safetensors'} has no {missing[0]}; export it again with the configuration beside it.")
        model.load_state_dict({name: weights[our_name(name)] for name in model.state_dict()})
    model = model.to(options.device)
    if is_baseline:
        groups = baseline_models.parameter_groups(model, settings["weightDecay"])
    else:
        groups = parameter_groups(model, settings["weightDecay"], settings["decaysEverything"])
    optimizer = torch.optim.AdamW(
        groups, lr=settings["learningRate"], betas=(settings["beta1"], settings["beta2"]), eps=settings["epsilon"], fused=True)
    loss_of = torch.compile(model.loss) if options.compile else model.loss
    losses, seconds = [], []
    for step in range(options.steps):
        start = time.perf_counter()
        tokens, targets = torch.from_numpy(batches[step % len(batches)].astype(np.int64)).to(options.device)
        loss = loss_of(tokens, targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip"], foreach=True)
        optimizer.step()
        losses.append(loss.item())
        if options.device != "cpu":
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    timed = seconds[options.warmup:]
    characters = batches.shape[2] * batches.shape[3]
    return dict(
        losses=losses, charactersPerSecond=characters / statistics.mean(timed), millisecondsPerStep=1e3 * statistics.mean(timed),
        medianMillisecondsPerStep=1e3 * statistics.median(timed), fastestMillisecondsPerStep=1e3 * min(timed),
        peakBytes=peak_bytes(), parameters=sum(p.numel() for p in model.parameters()), batchSize=batches.shape[2],
        sequenceLength=batches.shape[3], threads=torch.get_num_threads(), scan=options.scan, attention=options.attention,
        compiled=options.compile, torch=torch.__version__, device=options.device)


def peak_bytes():
    """Largest resident size of this process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main():
    options = arguments()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    torch.backends.cuda.matmul.allow_tf32 = options.tf32
    keep_freed_memory()
    if options.self_test:
        sys.exit(1 if self_test(options.golden) else 0)
    print(json.dumps(train(options), indent=2))


if __name__ == "__main__":
    main()
