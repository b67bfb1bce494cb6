"""The checks of check-interchange; run in a folder that holds what inn-tui has written."""
import csv
import json
import math
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import inn_numpy


def check_tensorboard():
    """Every scalar of the run, by TensorBoard's reader, is that of the table of metrics; the texts are those of the JSON export."""
    events = EventAccumulator("logs/seen", size_guidance={"scalars": 0, "tensors": 0}).Reload()
    rows = list(csv.DictReader(open("metrics.csv")))
    columns = {
        "bitsPerCharacter/train": "trainBPC", "bitsPerCharacter/valid": "validBPC", "gatePenalty": "gatePenalty", "learningRate": "learningRate",
        "gradientNorm": "gradientNorm", "charsPerSecond": "charsPerSecond",
    }
    assert set(events.Tags()["scalars"]) == set(columns), events.Tags()
    count = 0
    for tag, column in columns.items():
        expected = [(int(row["step"]), float(row[column])) for row in rows if row[column]]
        found = [(event.step, event.value) for event in events.Scalars(tag)]
        assert [step for step, _ in found] == [step for step, _ in expected], tag
        assert all(math.isclose(a, b, rel_tol=1e-6) for (_, a), (_, b) in zip(found, expected)), tag
        count += len(found)
    times = [event.wall_time for event in events.Scalars("learningRate")]
    seconds = [float(row["elapsedSeconds"]) for row in rows]
    assert all(math.isclose(t - times[0], s - seconds[0], abs_tol=1e-3) for t, s in zip(times, seconds))
    samples = json.load(open("run.json"))["samples"]
    texts = [event.tensor_proto.string_val[0].decode() for event in events.Tensors("sample")]
    assert [text.replace("    ", "", 1) for text in texts] == [sample["prompt"] + sample["text"] for sample in samples] and texts
    return f"TensorBoard read {count} scalars under {len(columns)} tags and {len(texts)} texts, all as exported."


def check_numpy(model):
    """The probabilities after the first written character are those that generate --trace prints."""
    trace = json.loads(open("trace.jsonl").read().splitlines()[0])
    symbols, text = " abcdefghijklmnopqrstuvwxyz", "the sea " + trace["character"]
    row = inn_numpy.logits(*inn_numpy.load(model), [symbols.index(character) for character in text])[trace["position"]]
    assert trace["position"] == len(text) - 1, trace
    weights = [math.exp(value - max(row)) for value in row]
    worst = 0.0
    for entry in trace["next"]:
        probability = weights[symbols.index(entry["character"])] / sum(weights)
        worst = max(worst, abs(probability - entry["probability"]))
    assert worst < 1e-5, worst
    return f"NumPy with the package safetensors agrees with generate --trace within {worst:.1e}."


print(check_tensorboard())
print(check_numpy(sys.argv[1]))
