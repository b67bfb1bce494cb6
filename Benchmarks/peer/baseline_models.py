"""The baselines in PyTorch: its own LSTM, a Transformer on its fused attention, and a stack of the peer's Mamba blocks.

Every model takes tokens `[batch, time]` and has `our_name`, which turns one of its parameter names into INNKit's.
"""

import math
import re

import torch
import torch.nn.functional as F
from torch import nn

from peer_model import Memory
from peer_scan import SCANS


class Baseline(nn.Module):
    def loss(self, tokens, targets):
        """Mean cross-entropy in nats; tokens and targets `[batch, time]`."""
        return F.cross_entropy(self(tokens).flatten(0, 1), targets.flatten())


class LSTM(Baseline):
    def __init__(self, c):
        super().__init__()
        width = c.get("embeddingWidth") or c["hidden"]
        self.embedding = nn.Embedding(c["vocabularySize"], width)
        self.lstm = nn.LSTM(width, c["hidden"], c["layers"], batch_first=True, dropout=c["dropout"])
        self.head = nn.Linear(c["hidden"], c["vocabularySize"])

    def forward(self, tokens):
        return self.head(self.lstm(self.embedding(tokens))[0])

    @staticmethod
    def our_name(name):
        kinds = {"weight_ih": "inputWeight", "weight_hh": "recurrentWeight", "bias_ih": "inputBias", "bias_hh": "recurrentBias"}
        match = re.fullmatch(r"lstm\.(\w+)_l(\d+)", name)
        return f"layers.{match[2]}.{kinds[match[1]]}" if match else name


class TransformerLayer(nn.Module):
    def __init__(self, c):
        super().__init__()
        width, inner = c["dModel"], c.get("feedForward") or 4 * c["dModel"]
        self.heads, self.norm_first, self.dropout = c["heads"], c["normFirst"], c["dropout"]
        self.function = F.gelu if c["activation"] == "gelu" else F.relu
        self.attention = nn.ModuleDict({"in": nn.Linear(width, 3 * width), "out": nn.Linear(width, width)})
        self.feedForward = nn.ModuleDict({"in": nn.Linear(width, inner), "out": nn.Linear(inner, width)})
        self.attentionNorm, self.feedForwardNorm = nn.LayerNorm(width), nn.LayerNorm(width)

    def attend(self, x):
        batch, time, width = x.shape
        q, k, v = self.attention["in"](x).view(batch, time, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.dropout if self.training else 0.0)
        return self.drop(self.attention["out"](mixed.transpose(1, 2).reshape(batch, time, width)))

    def feed(self, x):
        return self.drop(self.feedForward["out"](self.drop(self.function(self.feedForward["in"](x)))))

    def drop(self, x):
        return F.dropout(x, self.dropout, self.training) if self.dropout > 0 else x

    def forward(self, x):
        if self.norm_first:
            x = x + self.attend(self.attentionNorm(x))
            return x + self.feed(self.feedForwardNorm(x))
        x = self.attentionNorm(x + self.attend(x))
        return self.feedForwardNorm(x + self.feed(x))


class Transformer(Baseline):
    def __init__(self, c):
        super().__init__()
        width = c["dModel"]
        self.scale = math.sqrt(width)
        self.embedding, self.positions = nn.Embedding(c["vocabularySize"], width), nn.Embedding(c["contextLength"], width)
        self.layers = nn.ModuleList(TransformerLayer(c) for _ in range(c["layers"]))
        self.norm = nn.LayerNorm(width) if c["finalNorm"] else nn.Identity()
        self.head = nn.Linear(width, c["vocabularySize"])

    def forward(self, tokens):
        x = self.embedding(tokens) * self.scale + self.positions.weight[:tokens.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.head(self.norm(x))

    @staticmethod
    def our_name(name):
        return re.sub(r"^norm\.", "readout.norm.", name)


class MambaLayer(nn.Module):
    def __init__(self, c, scan):
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(c["dModel"]), c["dropout"]
        self.memory = Memory({**c, "neurons": 1, "sharing": "all"}, scan)

    def forward(self, x):
        branch = self.memory(self.norm(x))
        return x + (F.dropout(branch, self.dropout, self.training) if self.dropout > 0 else branch)


class Mamba(Baseline):
    def __init__(self, c, scan):
        super().__init__()
        if c["batchAxisBug"]:
            raise ValueError("The PyTorch peer scans along time only; leave out --batch-axis-bug.")
        self.embedding = nn.Embedding(c["vocabularySize"], c["dModel"])
        # Tracing the time loop would unroll it.
        time_loop = torch.compiler.disable(SCANS[scan])
        self.layers = nn.ModuleList(MambaLayer(c, time_loop) for _ in range(c["layers"]))
        self.norm = nn.LayerNorm(c["dModel"]) if c["finalNorm"] else nn.Identity()
        self.bias = nn.Parameter(torch.zeros(c["vocabularySize"]))

    def forward(self, tokens):
        x = self.embedding(tokens.t()).unsqueeze(0)
        for layer in self.layers:
            x = layer(x)
        return F.linear(self.norm(x[0]), self.embedding.weight, self.bias).transpose(0, 1)

    @staticmethod
    def our_name(name):
        return "readout.bias" if name == "bias" else re.sub(r"^norm\.", "readout.norm.", name)


def make(configuration, scan):
    """The baseline that a configuration with its family describes."""
    family = configuration["family"]
    if family == "mamba":
        return Mamba(configuration, scan)
    return {"lstm": LSTM, "transformer": Transformer}[family](configuration)


def parameter_groups(model, weight_decay):
    """AdamW groups: biases, norms, aLog and skip are excluded from weight decay."""
    decayed, exempt = [], []
    for name, parameter in model.named_parameters():
        is_exempt = "norm." in name.lower() or "bias" in name.lower() or name.endswith((".aLog", ".skip"))
        (exempt if is_exempt else decayed).append(parameter)
    return [dict(params=decayed, weight_decay=weight_decay), dict(params=exempt, weight_decay=0.0)]
