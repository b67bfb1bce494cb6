"""The Intelligent Neural Network in PyTorch, with the parameter names and layouts of INNKit.

States are `[neurons, time, batch, dModel]`; time precedes batch so that one scan step is a contiguous slice.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

from peer_scan import LN2, SCANS

DELTA_LIMIT = 2.5

PRESETS = {
    "tiny": dict(neurons=8, dModel=32, rounds=2, stateSize=8),
    "small": dict(neurons=16, dModel=64, rounds=2),
    "base": dict(neurons=24, dModel=96, rounds=3),
    "paper": dict(neurons=32, dModel=256, rounds=6, sharing="all", gate="off", selfEdges=True),
    "paper-conv": dict(neurons=32, dModel=256, rounds=6, sharing="conv", gate="off", selfEdges=True),
}
DEFAULTS = dict(
    vocabularySize=27, heads=4, stateSize=16, convKernel=4, expand=2, dtRank="auto", dropout=0.0, sharing="own", gate="soft",
    gateTarget=None, gatePressure=1.0, routing="learned", selfEdges=False, carryState=False)


def complete(configuration):
    """Fills in defaults and refuses what the peer does not have.

    Raises ValueError naming the option.
    """
    full = {**DEFAULTS, **configuration}
    supported = dict(
        sharing=("own", "conv", "all"), gate=("soft", "off"), gateTarget=(None,), routing=("learned",), carryState=(False,))
    for name, values in supported.items():
        if full[name] not in values:
            raise ValueError(f"The PyTorch peer has no {name} {full[name]!r}; choose one of {values}.")
    return full


class ConvSiLU(torch.autograd.Function):
    """SiLU of the causal depthwise convolution over time: one fused multiply-add per tap and no padding."""

    @staticmethod
    def forward(ctx, x, weight, bias):
        """x `[neurons, time, batch, inner]`, weight `[sets, inner, taps]`, bias `[sets, inner]`."""
        taps = weight.permute(2, 0, 1)[:, :, None, None]
        y = torch.addcmul(bias[:, None, None], x, taps[-1])
        for shift in range(1, min(len(taps), x.shape[1])):
            y[:, shift:].addcmul_(x[:, :-shift], taps[-1 - shift])
        ctx.save_for_backward(x, weight, y)
        return F.silu(y)

    @staticmethod
    def backward(ctx, gradient):
        x, weight, y = ctx.saved_tensors
        taps = weight.permute(2, 0, 1)[:, :, None, None]
        gradient = torch.ops.aten.silu_backward(gradient, y)
        axes = (1, 2) if weight.shape[0] > 1 else (0, 1, 2)

        def total(values):
            return values.sum(axes).view(weight.shape[:2])

        x_gradient = gradient * taps[-1]
        weight_gradient = torch.zeros_like(weight)
        weight_gradient[..., -1] = total(gradient * x)
        for shift in range(1, min(len(taps), x.shape[1])):
            x_gradient[:, :-shift].addcmul_(gradient[:, shift:], taps[-1 - shift])
            weight_gradient[..., -1 - shift] = total(gradient[:, shift:] * x[:, :-shift])
        return x_gradient, weight_gradient, total(gradient)


def linear(x, weight):
    """`x [neurons, time, batch, in]` times the transposed `weight [sets, out, in]`: one matrix product or one per neuron."""
    if weight.shape[0] == 1:
        return F.linear(x, weight[0])
    rows = x.expand(weight.shape[0], *x.shape[1:]).flatten(1, 2)
    return torch.bmm(rows, weight.transpose(1, 2)).unflatten(1, x.shape[1:3])


class Memory(nn.Module):
    """A Mamba block per neuron."""

    def __init__(self, c, scan):
        super().__init__()
        width, inner, size = c["dModel"], c["expand"] * c["dModel"], c["stateSize"]
        self.neurons, self.size, self.scan = c["neurons"], size, scan
        self.rank = (width + 15) // 16 if c["dtRank"] == "auto" else c["dtRank"]
        sets = c["neurons"] if c["sharing"] == "own" else 1
        conv_sets = 1 if c["sharing"] == "all" else c["neurons"]

        def parameter(*shape, fan_in=None):
            bound = 1 / math.sqrt(fan_in or shape[-1])
            return nn.Parameter(torch.empty(*shape).uniform_(-bound, bound))

        self.inProjection = parameter(sets, 2 * inner, width)
        self.convWeight = parameter(conv_sets, inner, c["convKernel"])
        self.convBias = parameter(conv_sets, inner, fan_in=c["convKernel"])
        self.xProjection = parameter(sets, self.rank + 2 * size, inner)
        self.deltaProjection = parameter(sets, inner, self.rank)
        delta = torch.exp(torch.empty(sets, inner).uniform_(math.log(1e-3), math.log(1e-1)))
        self.deltaBias = nn.Parameter(delta + torch.log(-torch.expm1(-delta)))
        self.aLog = nn.Parameter(torch.arange(1, size + 1).float().log().expand(sets, inner, size).clone())
        self.skip = nn.Parameter(torch.ones(sets, inner))
        self.outProjection = parameter(sets, width, inner)

    def inputs(self, u):
        """What the scan reads, and the gating branch."""
        x, z = linear(u, self.inProjection).chunk(2, -1)
        # While the states of all neurons are still alike and the weights shared, only the convolution can tell them apart.
        if x.shape[0] < self.convWeight.shape[0]:
            x = x.expand(self.convWeight.shape[0], *x.shape[1:])
        x = ConvSiLU.apply(x, self.convWeight, self.convBias)
        low, b, c = linear(x, self.xProjection).split([self.rank, self.size, self.size], -1)
        delta = F.softplus(linear(low, self.deltaProjection) + self.deltaBias[:, None, None]).clamp(max=DELTA_LIMIT)
        rates = -torch.exp(self.aLog.transpose(1, 2).contiguous()).unsqueeze(1) / LN2
        return x, z, delta, rates, b, c

    def output(self, y, x, z):
        return linear(torch.addcmul(y, x, self.skip[:, None, None]) * F.silu(z), self.outProjection)

    def forward(self, u):
        x, z, delta, rates, b, c = self.inputs(u)
        return self.output(self.scan(x, delta, rates, b, c), x, z)


class Routing(nn.Module):
    """Gates and routing attention over the neurons, one small attention per character."""

    def __init__(self, c, attention):
        super().__init__()
        width, neurons = c["dModel"], c["neurons"]
        self.heads, self.attention = c["heads"], attention
        if c["gate"] == "soft":
            sets = neurons if c["sharing"] == "own" else 1
            self.gateWeight = nn.Parameter(torch.empty(sets, width).uniform_(-1, 1) / math.sqrt(width))
            self.gateBias = nn.Parameter(torch.zeros(sets))
        else:
            self.gateWeight = None
        bound = math.sqrt(6 / (4 * width))
        self.inProjection = nn.Parameter(torch.empty(3 * width, width).uniform_(-bound, bound))
        self.inBias = nn.Parameter(torch.zeros(3 * width))
        self.outProjection = nn.Parameter(torch.empty(width, width).uniform_(-1, 1) / math.sqrt(width))
        self.outBias = nn.Parameter(torch.zeros(width))
        itself = torch.eye(neurons, dtype=torch.bool)
        mask = None if c["selfEdges"] else torch.zeros(neurons, neurons).masked_fill(itself, -math.inf)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, v):
        neurons, time, batch, width = v.shape
        projected = F.linear(v, self.inProjection, self.inBias).view(neurons, time * batch, 3, self.heads, -1)
        q, k, m = projected.unbind(2)
        if self.gateWeight is not None:
            gate = torch.sigmoid((v @ self.gateWeight.unsqueeze(1).unsqueeze(3)).squeeze(3) + self.gateBias[:, None, None])
            m = m * gate.view(neurons, time * batch, 1, 1)
        mix = self.fused(q, k, m) if self.attention == "fused" else self.manual(q, k, m)
        return F.linear(mix.reshape(v.shape), self.outProjection, self.outBias)

    def fused(self, q, k, m):
        q, k, m = (part.permute(1, 2, 0, 3) for part in (q, k, m))
        return F.scaled_dot_product_attention(q, k, m, attn_mask=self.mask).permute(2, 0, 1, 3)

    def manual(self, q, k, m):
        neurons, tokens, heads, width = q.shape
        q, k, m = (part.permute(1, 2, 0, 3).reshape(tokens * heads, neurons, width) for part in (q, k, m))
        scale = 1 / math.sqrt(width)
        if self.mask is None:
            scores = torch.bmm(q * scale, k.transpose(1, 2))
        else:
            scores = torch.baddbmm(self.mask, q, k.transpose(1, 2), alpha=scale)
        return torch.bmm(scores.softmax(-1), m).view(tokens, heads, neurons, width).permute(2, 0, 1, 3)


class Round(nn.Module):
    """Memory, then routing, each after a norm and added to the states."""

    def __init__(self, c, scan, attention):
        super().__init__()
        self.dropout, self.neurons = c["dropout"], c["neurons"]
        self.memoryNorm = nn.LayerNorm(c["dModel"])
        self.memory = Memory(c, scan)
        self.routingNorm = nn.LayerNorm(c["dModel"])
        self.routing = Routing(c, attention)

    def drop(self, branch):
        return F.dropout(branch, self.dropout, self.training) if self.dropout > 0 else branch

    def forward(self, states):
        memory = self.memory(self.memoryNorm(states))
        states = states + self.drop(memory.expand(self.neurons, *memory.shape[1:]))
        return states + self.drop(self.routing(self.routingNorm(states)))


class Readout(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm = nn.LayerNorm(c["dModel"])
        self.bias = nn.Parameter(torch.zeros(c["vocabularySize"]))

    def forward(self, states, embedding):
        return F.linear(self.norm(states.mean(0)), embedding, self.bias)


class IntelligentNeuralNetwork(nn.Module):
    """Next-character logits, `[time, batch, vocabulary]`, from tokens `[batch, time]`."""

    def __init__(self, configuration, scan="sequential", attention="manual"):
        super().__init__()
        c = self.configuration = complete(configuration)
        self.embedding = nn.Embedding(c["vocabularySize"], c["dModel"])
        nn.init.normal_(self.embedding.weight, std=1 / math.sqrt(c["dModel"]))
        # Tracing the time loop would unroll it.
        time_loop = torch.compiler.disable(SCANS[scan])
        self.rounds = nn.ModuleList(Round(c, time_loop, attention) for _ in range(c["rounds"]))
        self.readout = Readout(c)

    def forward(self, tokens):
        # One copy stands for all neurons until the first memory makes them differ.
        states = self.embedding(tokens.t()).unsqueeze(0)
        for block in self.rounds:
            states = block(states)
        return self.readout(states, self.embedding.weight)

    def loss(self, tokens, targets):
        """Mean cross-entropy in nats; tokens and targets `[batch, time]`."""
        return F.cross_entropy(self(tokens).flatten(0, 1), targets.t().flatten())


def parameter_groups(model, weight_decay, decays_everything=False):
    """AdamW groups: biases, norms, aLog and skip are excluded from weight decay."""
    decayed, exempt = [], []
    for name, parameter in model.named_parameters():
        is_exempt = "norm." in name.lower() or name.endswith(("Bias", ".bias", ".aLog", ".skip"))
        (exempt if is_exempt and not decays_everything else decayed).append(parameter)
    return [dict(params=decayed, weight_decay=weight_decay), dict(params=exempt, weight_decay=0.0)]
