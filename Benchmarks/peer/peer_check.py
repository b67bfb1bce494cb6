"""Checks the peer against reference vectors: routing, logits, loss, gradients and five AdamW updates."""

import itertools
import json
from pathlib import Path

import torch
from safetensors import safe_open

from peer_model import IntelligentNeuralNetwork, Routing, complete, parameter_groups
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


def read(path):
    """Configuration and tensors of a reference file."""
    with safe_open(path, "pt") as file:
        return json.loads(file.metadata()["config"]), {name: file.get_tensor(name) for name in file.keys()}


def make_model(config, tensors, sharing, scan, attention):
    """The model of a reference file with its weights, repeated for every neuron where `sharing` asks for it."""
    model = IntelligentNeuralNetwork(
        dict(
            vocabularySize=config["vocab"], neurons=config["num_neurons"], dModel=config["d_model"], rounds=config["num_layers"],
            heads=config["heads"], stateSize=config["d_state"], expand=config["expand"], convKernel=config["kernel"],
            dtRank=config.get("dt_rank", "auto"), sharing=sharing, gate="off", selfEdges=True),
        scan, attention)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            stored = tensors[reference_name(name)]
            parameter.copy_(stored.view(-1, *parameter.shape[1:]) if stored.numel() < parameter.numel() else stored.view(parameter.shape))
    return model


def check_owned(path, scan, attention):
    """Neurons that own equal weights compute what neurons that share them do, and their gradients add up to the shared one."""
    config, tensors = read(path)
    model = make_model(config, tensors, "own", scan, attention)
    tokens, targets = tensors["tokens"].long(), tensors["targets"].long()
    yield "logits", worst(model(tokens).transpose(0, 1), tensors["logits"], 1e-5, 1e-4)
    model.loss(tokens, targets).backward()
    for name, parameter in model.named_parameters():
        expected = tensors[reference_name(name) + ".grad"]
        total = parameter.grad if expected.numel() == parameter.numel() else parameter.grad.sum(0)
        yield f"gradient of {name}", worst(total.view(expected.shape), expected, 1e-4, 1e-3)


def check_routing(path, attention):
    """Gated attention without self-edges: output and gradients."""
    config, tensors = read(path)
    neurons, width = tensors["x"].shape[1:]
    routing = Routing(
        complete(dict(neurons=neurons, dModel=width, heads=config["heads"], sharing="conv", selfEdges="noself" not in path.name)), attention)
    names = {**ROUTING, "gateWeight": "gate.weight", "gateBias": "gate.bias"}
    with torch.no_grad():
        for name, parameter in routing.named_parameters():
            parameter.copy_(tensors[names[name]].view(parameter.shape))
    x = tensors["x"].clone().requires_grad_()
    y = routing(x.transpose(0, 1).unsqueeze(2)).squeeze(2).transpose(0, 1)
    yield "output", worst(y, tensors["y"], 1e-5, 1e-4)
    y.backward(tensors["cotangent"])
    yield "gradient of x", worst(x.grad, tensors["x.grad"], 1e-4, 1e-3)
    for name, parameter in routing.named_parameters():
        yield f"gradient of {name}", worst(parameter.grad, tensors[names[name] + ".grad"].view(parameter.shape), 1e-4, 1e-3)


def check_training(path, scan, attention):
    """Logits, loss, gradients and the AdamW updates of one reference file."""
    config, tensors = read(path)
    model = make_model(config, tensors, "conv", scan, attention)
    names = {name: reference_name(name) for name, _ in model.named_parameters()}
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
    """Runs every check with every scan and attention; returns the number of failures."""
    models, routings = (sorted(Path(folder).glob(f"{name}*.safetensors")) for name in ("09_official_inn", "08_gated_neuron_attention"))
    if not models or not routings:
        raise FileNotFoundError(f"There are no reference vectors 08_* and 09_* in {folder}; name their folder with --golden.")
    failures = 0
    for attention in ("manual", "fused"):
        for path in routings:
            failures += report(f"{path.name}, {attention} attention", check_routing(path, attention))
        for path, scan in itertools.product(models, SCANS):
            title = f"{path.name}, {scan} scan, {attention} attention"
            failures += report(f"{title}, training", check_training(path, scan, attention))
            failures += report(f"{title}, owned weights", check_owned(path, scan, attention))
    return failures


def report(title, results):
    """Prints what fails; returns how many checks did. A check yields what it looked at and its deviation in units of the tolerance."""
    results = list(results)
    failed = [(what, value) for what, value in results if not value <= 1]
    print(f"{title}: {len(results) - len(failed)} of {len(results)} checks pass", flush=True)
    for what, value in failed:
        print(f"  {what}: {value:.2f} times its tolerance")
    return len(failed)
