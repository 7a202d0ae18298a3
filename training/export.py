"""Exports the trained network to ONNX with half-precision weights, and writes what it is beside it.

    python training/export.py --run DIR/run [--out src/overlaycut/models/weights]

`--run` is the folder of `train.py`; `student.pt` and `student.csv` are taken.

Computation stays in single precision: every weight is followed by a cast that the runtime carries out once, on loading.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from network import CLASSES, TextSegmentationNet
from sources import PICTURE_PACKAGES, TRAINING_FONT_PACKAGES

_HERE = Path(__file__).resolve().parent
_OPSET = 17
_LARGEST_LOGIT = 30.0
STROKE_BIAS = 0.4
"""Added to the logits of letters and outlines, so that 0.5 stands where the validation set gives 0.40: recall there is
0.018 higher and IoU 0.005 lower."""
_MOST_OFF = 0.01
"""Greatest difference of a probability between the trained and the exported network."""
_RECIPE = ("sources.toml", "sources.py", "draw.py", "draw_set.py", "network.py", "learner.py", "stream.py", "train.py")
SAMPLES = {
    "scikit-image sample pictures": "public domain, CC0-1.0, BSD-3-Clause",
    "scikit-learn sample pictures": "CC-BY-2.0",
}


class Probabilities(nn.Module):
    """The network with a softmax over the classes, in operations that ONNX runtimes do fast along channels."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        bias = [STROKE_BIAS if name in {"letter", "outline"} else 0.0 for name in CLASSES]
        self.register_buffer("bias", torch.tensor(bias)[None, :, None, None])

    def forward(self, pictures: Tensor) -> Tensor:
        """Probabilities, (n, classes, rows, columns)."""
        odds = (self.net(pictures) + self.bias).clamp(-_LARGEST_LOGIT, _LARGEST_LOGIT).exp()
        return odds / odds.sum(1, keepdim=True)


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=_HERE.parent / "src/overlaycut/models/weights")
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    target = wanted.out / "text_segmentation.onnx"
    net = trained(wanted.run)
    onnx.save(halved(exported(net)), target)
    off = difference(net, target)
    if off > _MOST_OFF:
        raise SystemExit(f"the exported network differs by {off:.3g}")
    facts = {
        "classes": CLASSES,
        "licence": "Apache-2.0",
        "sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
        "recipe_sha256": recipe_hash(_RECIPE),
        "parameters": sum(weight.numel() for weight in net.parameters()),
        "validation": last_line(wanted.run / "student.csv"),
        "fonts": ["fonts/", *TRAINING_FONT_PACKAGES],
        "pictures": {**PICTURE_PACKAGES, **SAMPLES},
    }
    (wanted.out / "text_segmentation.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB, off by {off:.2g}")


def trained(run: Path) -> nn.Module:
    """The averaged weights of a run."""
    average = torch.optim.swa_utils.AveragedModel(TextSegmentationNet())
    average.load_state_dict(torch.load(run / "student.pt", map_location="cpu")["average"])
    return Probabilities(average.module).eval()


def exported(net: nn.Module) -> onnx.ModelProto:
    """The network as an ONNX graph for batches of any size."""
    axes = {0: "n", 2: "rows", 3: "columns"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.onnx"
        torch.onnx.export(
            net,
            (torch.zeros(1, 3, 64, 64),),
            str(path),
            dynamo=False,
            input_names=["pictures"],
            output_names=["probabilities"],
            dynamic_axes={"pictures": axes, "probabilities": axes},
            opset_version=_OPSET,
        )
        return onnx.load(path)


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with weights in half precision, cast to single when it is loaded."""
    casts, weights = [], []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type == TensorProto.FLOAT and values.size > 64:
            weights.append(numpy_helper.from_array(values.astype(np.float16), f"{weight.name}_half"))
            casts.append(helper.make_node("Cast", [f"{weight.name}_half"], [weight.name], to=TensorProto.FLOAT))
        else:
            weights.append(weight)
    nodes = [*casts, *model.graph.node]
    graph = helper.make_graph(nodes, model.graph.name, model.graph.input, model.graph.output, weights)
    made = helper.make_model(graph, opset_imports=model.opset_import, ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made


def difference(net: nn.Module, path: Path) -> float:
    """Greatest difference of any probability between the network and its export, on noise of two sizes."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rng, worst = np.random.default_rng(0), 0.0
    for shape in ((2, 3, 64, 96), (1, 3, 128, 48)):
        batch = rng.uniform(0, 255, shape).astype(np.float32)
        with torch.no_grad():
            wanted = net(torch.from_numpy(batch)).numpy()
        worst = max(worst, float(np.abs(session.run(None, {"pictures": batch})[0] - wanted).max()))
    return worst


def recipe_hash(names: Sequence[str]) -> str:
    """Of the files that decide what is trained."""
    files = [_HERE / name for name in names]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def last_line(curve: Path) -> dict[str, float]:
    """The last validation."""
    with curve.open(newline="") as file:
        *_, last = csv.DictReader(file)
    return {name: float(value) for name, value in last.items()}


if __name__ == "__main__":
    main()
