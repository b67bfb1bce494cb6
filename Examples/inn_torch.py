"""A network that inn-tui trained, in PyTorch: read from a checkpoint, computed with plain operations, trained on, written back.

    python3 inn_torch.py model.safetensors "the "      # the likeliest next characters, with the alphabet of text8

`Network("model.safetensors")` maps ids `[batch, time]` to logits `[batch, time, vocabulary]`, each stream from an empty
memory, for every option of an Intelligent Neural Network but `--top-k-search approximate`; `save` writes a checkpoint
that inn-tui reads. Needs nothing but PyTorch. The equations are those of docs/MODEL.md; letters of `einsum`: n, i, j
neurons, b batch, t time, d width, e channels, s states, h heads, c width of a head, g groups. See docs/INTERCHANGE.md
for how to train.
"""
import json
import math
import sys
import zlib

import torch
from torch.nn import functional as F


def read(path):
    """The metadata of a checkpoint, and its weights by name."""
    with open(path, "rb") as file:
        data = bytearray(file.read())
    start = 8 + int.from_bytes(data[:8], "little")
    entries = json.loads(data[8:start])
    facts, weights = entries.pop("__metadata__"), {}
    for name, entry in entries.items():
        if not name.startswith(("optimizer.", "carried.")):
            first, end = entry["data_offsets"]
            values = torch.frombuffer(data, dtype=torch.float32, count=(end - first) // 4, offset=start + first)
            weights[name] = values.reshape(entry["shape"])
    return facts, weights


def write(path, facts, weights):
    """A checkpoint: a safetensors file whose first fact is the CRC-32 of all of it, taken while its digits are 0."""
    header, data = {"__metadata__": {"crc32": "0" * 8, **facts}}, b""
    for name, values in sorted(weights.items()):
        raw = values.numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    whole = len(text).to_bytes(8, "little") + text + data
    with open(path, "wb") as file:
        file.write(whole.replace(b'"crc32":"00000000"', b'"crc32":"%08x"' % zlib.crc32(whole), 1))


def attend(q, k, message, closed, top=None):
    """What listeners `[g, i, b, t, h, c]` hear of speakers `[g, j, b, t, h, c]`."""
    return mix(torch.einsum("gibthc,gjbthc->gbthij", q, k) / math.sqrt(q.shape[-1]), message, closed, top)


def mix(scores, message, closed, top=None):
    """Messages by softmax of the scores `[g, b, t, h, i, j]` of edges that are not closed; without any, nothing."""
    scores = torch.where(closed, -math.inf, scores)
    if top:  # and any that is equal to the last of them
        scores = torch.where(scores < torch.sort(scores, -1).values[..., -top:-top + 1 or None], -math.inf, scores)
    return torch.einsum("gbthij,gjbthc->gibthc", torch.nan_to_num(torch.softmax(scores, -1)), message)


class Network(torch.nn.Module):
    def __init__(self, path):
        super().__init__()
        self.facts, weights = read(path)
        self.config = json.loads(self.facts["modelConfig"])
        if self.config.get("family", "inn") != "inn":
            raise ValueError(f"{path} holds a model of the family {self.config['family']}, not inn.")
        if self.config.get("topKSearch") == "approximate":
            raise ValueError(f"{path} looks for its strongest edges approximately, which is not computed here.")
        self.names = sorted(weights)
        self.values = torch.nn.ParameterList(weights[name] for name in self.names)

    def save(self, path):
        """Writes the weights, beside what the checkpoint that they came from says of itself."""
        facts = {name: fact for name, fact in self.facts.items() if name not in ("crc32", "run")}
        write(path, facts, {name: values.detach() for name, values in zip(self.names, self.values)})

    def part(self, name):
        """The tensors below a name."""
        return {key[len(name) + 1:]: value for key, value in zip(self.names, self.values) if key.startswith(name + ".")}

    def forward(self, ids):
        neurons, width = self.config["neurons"], self.config["dModel"]
        embedding = self.part("embedding")["weight"]
        h = embedding[ids] * self.reached(len(embedding))[:, ids][..., None]
        for r in range(self.config["rounds"]):
            norm, layer = self.part(f"rounds.{r}.memoryNorm"), self.part(f"rounds.{r}.memory")
            u = F.layer_norm(h, (width,), norm["weight"], norm["bias"])
            h = h + (self.memory(u, layer) if layer else self.character(u, self.part(f"rounds.{r}.character")))
            if self.config["routing"] != "off":
                norm = self.part(f"rounds.{r}.routingNorm")
                v = F.layer_norm(h, (width,), norm["weight"], norm["bias"])
                h = h + self.listen(v, self.part(f"rounds.{r}.routing"))
        readout = self.part("readout")
        y = h[neurons - (self.config.get("outputs") or neurons):].mean(0)
        y = F.layer_norm(y, (width,), readout["norm.weight"], readout["norm.bias"])
        return torch.einsum("btd,vd->btv", y, embedding) + readout["bias"]

    def reached(self, symbols):
        """1 where a neuron receives a symbol, `[neurons, symbols]`."""
        neurons, senses = self.config["neurons"], self.config.get("senses")
        inputs = self.config.get("inputs") or (len(senses) if senses else neurons)
        return torch.tensor([[
            float(n < inputs and (not senses or symbol in senses[n])) for symbol in range(symbols)] for n in range(neurons)])

    def character(self, u, w):
        """What stands in for a memory with `--memory none`."""
        x = torch.einsum("nbtd,ned->nbte", u, w["valueProjection"])
        x = F.silu(x * w["convWeight"][:, None, None, :, 0] + w["convBias"][:, None, None])
        z = torch.einsum("nbtd,ned->nbte", u, w["gateProjection"])
        return torch.einsum("nbte,nde->nbtd", x * F.silu(z), w["outProjection"])

    def memory(self, u, w):
        """A Mamba block per neuron; weights have 1 in place of neurons where they are shared."""
        time, taps, channels = u.shape[2], w["convWeight"].shape[-1], w["convWeight"].shape[1]
        states, rank = w["aLog"].shape[-1], w["deltaProjection"].shape[-1]
        x, z = torch.split(torch.einsum("nbtd,ned->nbte", u, w["inProjection"]), [channels, channels], -1)
        padded = F.pad(x, (0, 0, taps - 1, 0))
        x = sum(padded[:, :, k:k + time] * w["convWeight"][:, None, None, :, k] for k in range(taps))
        x = F.silu(x + w["convBias"][:, None, None])
        low, b, c = torch.split(torch.einsum("nbte,nre->nbtr", x, w["xProjection"]), [rank, states, states], -1)
        delta = torch.einsum("nbtr,ner->nbte", low, w["deltaProjection"]) + w["deltaBias"][:, None, None]
        delta = torch.clamp(F.softplus(delta), max=2.5)
        rates, state, y = -torch.exp(w["aLog"])[:, None], 0, []
        for t in range(time):
            step = delta[:, :, t, :, None]
            state = torch.exp(step * rates) * state + step * b[:, :, t, None] * x[:, :, t, :, None]
            y.append(torch.einsum("nbes,nbs->nbe", state, c[:, :, t]))
        y = torch.stack(y, 2) + w["skip"][:, None, None] * x
        return torch.einsum("nbte,nde->nbtd", y * F.silu(z), w["outProjection"])

    def listen(self, v, w):
        """Gates, and attention over the neurons."""
        c, (neurons, batch, time, width) = self.config, v.shape
        groups, heads = c.get("groups") or 1, c["heads"]

        def split(x):  # [g, neurons of a group, b, t, h, c]
            return x.reshape(groups, neurons // groups, batch, time, heads, width // heads)

        message = torch.einsum("nbtd,ed->nbte", v, w["inProjection"][-width:]) + w["inBias"][-width:]
        if "gateWeight" in w:
            gate = torch.sigmoid(torch.einsum("nbtd,nd->nbt", v, w["gateWeight"]) + w["gateBias"][:, None, None])
            if c["gate"] == "hard":  # 0 or 1, with the gradient of the sigmoid
                with torch.no_grad():
                    jump = (gate > 0.5) * 1.0 - gate
                gate = gate + jump
            message = message * gate[..., None]
        message = split(message)
        size = neurons // groups
        closed = torch.eye(size) > (1 if c["selfEdges"] else 0)
        if c["routing"] == "learned":
            own, asked = w.get("ownScores"), v
            maps = w["inProjection"][None, :2 * width] if own is None else own
            if "identity" in w:
                asked = v + w["identity"][:, None, None]
            asked = torch.einsum("nbtd,ned->nbte", asked, maps) + w["inBias"][:2 * width]
            q, k = map(split, torch.split(asked, [width, width], -1))
            if "temperature" in w:
                q, k = (x / torch.sqrt((x * x).sum(-1)[..., None] + 1e-6) for x in (q, k))
                q = q * torch.exp(w["temperature"])[:, None] * math.sqrt(width / heads)
            if groups > 1:  # of the other groups each hears one more speaker, what its hub hears of the other hubs
                hubs = [x.mean(1)[None] for x in (q, k, message)]
                rest = [attend(hubs[0], hubs[1], x, torch.eye(groups) > 0)[0][:, None] for x in hubs[1:]]
                k, message = torch.cat([k, rest[0]], 1), torch.cat([message, rest[1]], 1)
                closed = torch.cat([closed, torch.zeros(size, 1) > 0], 1)
            heard = attend(q, k, message, closed, top=c.get("topK"))
        else:
            scores = w.get("staticScores", torch.zeros(heads, neurons, neurons))
            heard = mix(scores + torch.zeros(1, batch, time, 1, 1, 1), message, closed)
        return torch.einsum("nbtd,ed->nbte", heard.reshape(v.shape), w["outProjection"]) + w["outBias"]


if __name__ == "__main__":
    symbols = " abcdefghijklmnopqrstuvwxyz"
    with torch.no_grad():
        last = Network(sys.argv[1])(torch.tensor([[symbols.index(character) for character in sys.argv[2]]]))[0, -1]
    for probability, symbol in sorted(zip(torch.softmax(last, -1).tolist(), symbols), reverse=True)[:5]:
        print(f"{symbol!r} {probability:.4f}")
