"""Exports the trained classifier to ONNX with half-precision weights, and writes what it is beside it.

python training/lettering_export.py --run DIR/lettering_run [--out src/overlaycut/models/weights]
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
from torch import Tensor, nn

from export import SAMPLES, halved, last_line, recipe_hash
from lettering_draw import SIZE
from lettering_network import CHANNELS, LetteringNet
from sources import PICTURE_PACKAGES, TRAINING_FONT_PACKAGES

_HERE = Path(__file__).resolve().parent
_OPSET = 17
_MOST_OFF = 0.01
"""Greatest difference of a probability between the trained and the exported network."""
_RECIPE = (
    "sources.toml",
    "sources.py",
    "draw.py",
    "network.py",
    "learner.py",
    "stream.py",
    "lettering_draw.py",
    "lettering_network.py",
    "lettering_train.py",
)


class Probability(nn.Module):
    """The network with a sigmoid."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, views: Tensor) -> Tensor:
        """Probabilities of lettering, (n,)."""
        return torch.sigmoid(self.net(views))


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=_HERE.parent / "src/overlaycut/models/weights")
    wanted = parser.parse_args()
    average = torch.optim.swa_utils.AveragedModel(LetteringNet())
    average.load_state_dict(torch.load(wanted.run / "lettering.pt", map_location="cpu")["average"])
    net = Probability(average.module).eval()
    target = wanted.out / "lettering_classifier.onnx"
    onnx.save(halved(exported(net)), target)
    off = difference(net, target)
    if off > _MOST_OFF:
        raise SystemExit(f"the exported network differs by {off:.3g}")
    facts = {
        "licence": "Apache-2.0",
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "recipe_sha256": recipe_hash(_RECIPE),
        "parameters": sum(weight.numel() for weight in net.parameters()),
        "validation": last_line(wanted.run / "lettering.csv"),
        "fonts": ["fonts/", *TRAINING_FONT_PACKAGES],
        "pictures": {**PICTURE_PACKAGES, **SAMPLES},
    }
    (wanted.out / "lettering_classifier.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB, off by {off:.2g}")


def exported(net: nn.Module) -> onnx.ModelProto:
    """The network as an ONNX graph for any number of views."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        torch.onnx.export(
            net,
            (torch.zeros(2, CHANNELS, *SIZE),),
            str(path),
            dynamo=False,
            input_names=["views"],
            output_names=["probabilities"],
            dynamic_axes={"views": {0: "n"}, "probabilities": {0: "n"}},
            opset_version=_OPSET,
        )
        return onnx.load(path)


def difference(net: nn.Module, path: Path) -> float:
    """Greatest difference of any probability between the network and its export, on noise."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    batch = np.random.default_rng(0).uniform(0, 255, (5, CHANNELS, *SIZE)).astype(np.float32)
    batch[:, 3] = np.where(batch[:, 3] > 128, 255, 0)
    with torch.no_grad():
        wanted = net(torch.from_numpy(batch)).numpy()
    return float(np.abs(session.run(None, {"views": batch})[0] - wanted).max())


if __name__ == "__main__":
    main()
