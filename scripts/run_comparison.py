"""What two trainings of one network have come to, compared bit by bit: shared by check-kills and check-power."""

import json
import os
import sqlite3
import struct

NETWORK = ("--neurons 2 --width 8 --rounds 1 --heads 1 --state-size 2 --expand 1 --batch-size 2 --sequence-length 8 "
           "--threads 1 --dropout 0.1").split()
CLOCK_COLUMNS = {"charsPerSecond", "elapsedSeconds"}
TABLES = {"metrics": "step", "events": "id", "samples": "id", "probeSnapshots": "step", "interventions": "id"}


class Difference(Exception):
    """Something that is not as in the uninterrupted training."""


def read_checkpoint(path):
    """Tensors and facts of a checkpoint file, without times."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    facts = header.pop("__metadata__")
    values = data[8 + length:]
    tensors = {name: (entry["dtype"], tuple(entry["shape"]), values[slice(*entry["data_offsets"])]) for name, entry in header.items()}
    state = json.loads(facts["state"])
    state.pop("elapsedSeconds")
    meter = json.loads(state["extra"].pop("reportMeter"))
    state["reportMeter"] = {key: value for key, value in meter.items() if key not in ("seconds", "lastSpeed")}
    return tensors, {"state": state, "model": json.loads(facts["modelConfig"]), "training": json.loads(facts["trainingConfig"])}


def read_database(path):
    """The rows of all tables without row numbers, times, the marks of each session's start and what it said there."""
    database = sqlite3.connect(path)
    try:
        result = {}
        for table, order in TABLES.items():
            cursor = database.execute(f"SELECT * FROM {table} ORDER BY {order}")
            names = [column[0] for column in cursor.description]
            rows = [{name: value for name, value in zip(names, row) if name not in CLOCK_COLUMNS | {"id"}} for row in cursor]
            result[table] = [row for row in rows if row.get("kind") not in ("started", "resumed", "notice")]
        # A resumed session records which interventions hold; there are none here.
        result.pop("interventions")
        return result
    finally:
        database.close()


def read_run(folder):
    checkpoints = folder / "checkpoints"
    # Set aside by a resume that went back to an earlier one.
    leftovers = [name for name in os.listdir(checkpoints) if not name.endswith((".safetensors", ".unrecorded"))]
    if leftovers:
        raise Difference(f"left behind in {checkpoints}: {', '.join(leftovers)}")
    files = sorted(checkpoints.glob("*.safetensors"))
    return {file.name: read_checkpoint(file) for file in files}, read_database(folder / "run.sqlite")


def compare(found, expected):
    """Raises Difference with the first thing that differs."""
    (found_files, found_tables), (expected_files, expected_tables) = found, expected
    last = max(name for name in expected_files if name.startswith("step-"))
    for name in (last, "best.safetensors"):
        if name not in found_files:
            raise Difference(f"{name} is missing")
        (tensors, facts), (expected_tensors, expected_facts) = found_files[name], expected_files[name]
        if tensors.keys() != expected_tensors.keys():
            raise Difference(f"{name} has other tensors")
        for tensor in tensors:
            if tensors[tensor] != expected_tensors[tensor]:
                raise Difference(f"{name}: the bits of {tensor} differ")
        if facts != expected_facts:
            raise Difference(f"{name}: {facts} instead of {expected_facts}")
    for table, rows in expected_tables.items():
        if found_tables[table] != rows:
            steps, wanted = ([row["step"] for row in some] for some in (found_tables[table], rows))
            raise Difference(f"table {table}: steps {steps} instead of {wanted}" if steps != wanted else f"table {table}: values differ")
