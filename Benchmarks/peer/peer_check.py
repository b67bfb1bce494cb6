"""Checks the peer against reference vectors: logits, loss, gradients and five AdamW updates."""

import json
from pathlib import Path

import torch
from safetensors import safe_open

from peer_model import IntelligentNeuralNetwork, parameter_groups
from peer_scan import SCANS

MEMORY = dict(
    inProjection="in_proj.weight", convWeight="conv1d.weight", convBias="conv1d.bias", xProjection="x_proj.weight",
    deltaProjection="dt_proj.weight", deltaBias="dt_proj.bias", aLog="A_log", skip="D", outProjection="out_proj.weight")
ROUTING = dict(inProjection="in_proj_weight", inBias="in_proj_bias", outProjection="out_proj.weight", outBias="out_proj.bias")


def reference_name(name):
    """The name in the reference files of one of our parameters."""
    parts = name.split(".")
    if parts[0] != "rounds":
        return {"embedding.weight": name, "readout.bias": "head.bias"}.get(name, name.replace("readout.norm", "norm_f"))
    prefix, leaf = f"layers.{parts[1]}", parts[-1]
    if parts[2] == "memory":
        return f"{prefix}.0.{MEMORY[leaf]}"
    if parts[2] == "routing":
        return f"{prefix}.1.{ROUTING[leaf]}"
    return f"{prefix}.{2 if parts[2] == 'memoryNorm' else 3}.{leaf}"


def worst(actual, expected, absolute, relative):
    """How far the worst entry is, in units of the tolerance; passes up to 1."""
    return ((actual - expected).abs() / (absolute + relative * expected.abs())).max().item()


def check_file(path, scan, attention):
    """Yields (what, worst deviation in units of its tolerance) for one reference file."""
    with safe_open(path, "pt") as file:
        config = json.loads(file.metadata()["config"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    model = IntelligentNeuralNetwork(
        dict(
            vocabularySize=config["vocab"], neurons=config["num_neurons"], dModel=config["d_model"], rounds=config["num_layers"],
            heads=config["heads"], stateSize=config["d_state"], expand=config["expand"], convKernel=config["kernel"],
            sharing="conv", gate="off", selfEdges=True),
        scan, attention)
    names = {name: reference_name(name) for name, _ in model.named_parameters()}
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(tensors[names[name]].view(parameter.shape))
    tokens, targets = tensors["tokens"].long(), tensors["targets"].long()
    settings = config["adamw"]
    optimizer = torch.optim.AdamW(
        parameter_groups(model, settings["weight_decay"], decays_everything=True), lr=settings["lr"], betas=settings["betas"],
        eps=settings["eps"])
    yield "logits", worst(model(tokens).transpose(0, 1), tensors["logits"], 1e-5, 1e-4)
    for step in range(settings["steps"]):
        optimizer.zero_grad()
        loss = model.loss(tokens, targets)
        loss.backward()
        if step == 0:
            yield "loss", worst(loss, tensors["loss"], 1e-5, 1e-4)
            for name, parameter in model.named_parameters():
                expected = tensors[names[name] + ".grad"].view(parameter.shape)
                yield f"gradient of {name}", worst(parameter.grad, expected, 1e-4, 1e-3)
                # Queries and keys of neurons that are still alike have gradients of rounding size.
                if "jitter" in path.name and not name.endswith("inBias"):
                    yield f"gradient norm of {name}", ((parameter.grad - expected).norm() / (1e-3 * expected.norm())).item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings["clip_grad_norm"])
        yield f"loss before update {step}", worst(loss, tensors["train.losses"][step], 1e-5, 1e-4)
        yield f"gradient norm before update {step}", worst(norm, tensors["train.grad_norms"][step], 1e-5, 1e-4)
        optimizer.step()
    yield "loss after the last update", worst(model.loss(tokens, targets), tensors["train.loss_after"], 1e-5, 1e-4)
    for name, parameter in model.named_parameters():
        expected = tensors["final." + names[name]].view(parameter.shape)
        mask = tensors[f"final.{names[name]}.mask"].view(parameter.shape) > 0
        if mask.any():
            yield f"final {name}", worst(parameter[mask], expected[mask], 2e-6, 2e-6)
        if not mask.all():
            yield f"final {name}, rounding entries", worst(parameter[~mask], expected[~mask], 2 * settings["steps"] * settings["lr"], 0)


def self_test(folder):
    """Runs every reference file with every scan and attention; returns the number of failures."""
    files = sorted(Path(folder).glob("09_official_inn*.safetensors"))
    if not files:
        raise FileNotFoundError(f"There is no 09_official_inn*.safetensors in {folder}; name the folder with --golden.")
    failures = 0
    for path in files:
        for scan in SCANS:
            for attention in ("manual", "fused"):
                results = list(check_file(path, scan, attention))
                failed = [(what, value) for what, value in results if not value <= 1]
                failures += len(failed)
                print(f"{path.name}, {scan} scan, {attention} attention: {len(results) - len(failed)} of {len(results)} checks pass")
                for what, value in failed:
                    print(f"  {what}: {value:.2f} times its tolerance")
    return failures
