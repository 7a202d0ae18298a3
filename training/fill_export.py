"""Exports the trained fill network to ONNX with half-precision weights, and writes what it is beside it.

python training/fill_export.py --run DIR/fill_run [--out src/overlaycut/models/weights]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from export import SAMPLES, halved, last_line
from fill_network import PLANES, FillNet
from sources import PICTURE_PACKAGES, TRAINING_FONT_PACKAGES

_HERE = Path(__file__).resolve().parent
_OPSET = 17
_MOST_OFF = 1.0
"""Greatest difference, in levels, between the trained and the exported network."""
_RECIPE = ("sources.toml", "sources.py", "draw.py", "fill_draw.py", "fill_network.py", "fill_train.py")


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=_HERE.parent / "src/overlaycut/models/weights")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    target = wanted.out / "thin_hole_fill.onnx"
    net = trained(wanted.run)
    onnx.save(halved(exported(net)), target)
    off = difference(net, target)
    if off > _MOST_OFF:
        raise SystemExit(f"the exported network differs by {off:.3g} levels")
    facts = {
        "licence": "Apache-2.0",
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "recipe_sha256": hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _RECIPE)).hexdigest(),
        "parameters": sum(weight.numel() for weight in net.parameters()),
        "validation": last_line(wanted.run / "curve.csv"),
        "fonts": ["fonts/", *TRAINING_FONT_PACKAGES],
        "pictures": {**PICTURE_PACKAGES, **SAMPLES},
    }
    (wanted.out / "thin_hole_fill.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB, off by {off:.2g} levels")


def trained(run: Path) -> nn.Module:
    """The averaged weights of a run."""
    average = torch.optim.swa_utils.AveragedModel(FillNet())
    average.load_state_dict(torch.load(run / "checkpoint.pt")["average"])
    return average.module.eval()


def exported(net: nn.Module) -> onnx.ModelProto:
    """The network as an ONNX graph for pictures of any size."""
    axes = {0: "n", 2: "rows", 3: "columns"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        torch.onnx.export(
            net,
            (torch.zeros(1, PLANES, 64, 64),),
            str(path),
            dynamo=False,
            input_names=["planes"],
            output_names=["filled"],
            dynamic_axes={"planes": axes, "filled": axes},
            opset_version=_OPSET,
        )
        return onnx.load(path)


def difference(net: nn.Module, path: Path) -> float:
    """Greatest difference of any sample between the network and its export, on noise of two sizes."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng, worst = np.random.default_rng(0), 0.0
    for shape in ((2, PLANES, 64, 96), (1, PLANES, 128, 48)):
        batch = rng.uniform(0, 255, shape).astype(np.float32)
        batch[:, 6] = batch[:, 6] > 128
        with torch.no_grad():
            wanted = net(torch.from_numpy(batch)).numpy()
        worst = max(worst, float(np.abs(session.run(None, {"planes": batch})[0] - wanted).max()))
    return worst


if __name__ == "__main__":
    main()
