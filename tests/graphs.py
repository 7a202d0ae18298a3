"""Small ONNX graphs with the inputs and outputs of published models, and some that misbehave.

The published files are too large to ship; these say the same things about themselves (names, types, shapes,
ranges, which way round the mask is, what happens at the edge) and fill a hole with the mean of what is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR = 17, 8

_MEAN_FILL = [
    # known: 1 where the picture is known; x: the picture, 0..1
    helper.make_node("Mul", ["x", "known"], ["shown"]),
    helper.make_node("ReduceSum", ["shown", "plane"], ["total"], keepdims=1),
    helper.make_node("ReduceSum", ["known", "plane"], ["count"], keepdims=1),
    helper.make_node("Div", ["total", "count"], ["mean"]),
]


def lama(path: Path, side: int) -> Path:
    """LaMa's export: float32 0..1, mask 1 in the hole, output 0..255 with known pixels as they were."""
    nodes = [
        helper.make_node("Identity", ["image"], ["x"]),
        helper.make_node("Sub", ["one", "mask"], ["known"]),
        *_MEAN_FILL,
        helper.make_node("Mul", ["mean", "mask"], ["filled"]),
        helper.make_node("Add", ["shown", "filled"], ["whole"]),
        helper.make_node("Mul", ["whole", "top"], ["output"]),
    ]
    return _saved(path, nodes, side, TensorProto.FLOAT, "output")


def migan(path: Path, side: int) -> Path:
    """MI-GAN's pipeline: bytes, mask 255 where known, and known pixels spread over 3 pixels of the hole's edge."""
    nodes = [
        helper.make_node("Cast", ["image"], ["bytes"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["bytes", "top"], ["x"]),
        helper.make_node("Cast", ["mask"], ["mask_bytes"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["mask_bytes", "top"], ["known"]),
        *_MEAN_FILL,
        helper.make_node("MaxPool", ["known"], ["wider"], kernel_shape=[3, 3], pads=[1] * 4),
        helper.make_node("AveragePool", ["wider"], ["soft"], kernel_shape=[5, 5], pads=[2] * 4),
        helper.make_node("Mul", ["x", "soft"], ["kept"]),
        helper.make_node("Sub", ["one", "soft"], ["rest"]),
        helper.make_node("Mul", ["mean", "rest"], ["filled"]),
        helper.make_node("Add", ["kept", "filled"], ["whole"]),
        helper.make_node("Mul", ["whole", "top"], ["scaled"]),
        helper.make_node("Round", ["scaled"], ["rounded"]),
        helper.make_node("Cast", ["rounded"], ["result"], to=TensorProto.UINT8),
    ]
    return _saved(path, nodes, side, TensorProto.UINT8, "result")


def sface(path: Path) -> Path:
    """SFace's export: RGB 0..255 in, (1, 128) out; here the means of the halves' colours."""
    nodes = [helper.make_node("AveragePool", ["data"], ["p"], kernel_shape=[56, 112], strides=[56, 112])]
    return _vectors(path, nodes, "data", [1, 3, 112, 112], [1, 6], "fc1")


def not_vectors(path: Path, side: int) -> Path:
    """Something that gives a picture back where a vector was asked for."""
    size = [1, 3, side, side]
    return _vectors(path, [helper.make_node("Identity", ["x"], ["p"])], "x", size, size, "y")


def dinov2(path: Path) -> Path:
    """DINOv2's export: a token for the whole (here the mean colour), then one for each 14 × 14 pixels."""
    nodes = [
        helper.make_node("AveragePool", ["pixel_values"], ["parts"], kernel_shape=[14, 14], strides=[14, 14]),
        helper.make_node("GlobalAveragePool", ["pixel_values"], ["whole"]),
        helper.make_node("Reshape", ["parts", "flat"], ["rows"]),
        helper.make_node("Reshape", ["whole", "flat"], ["row"]),
        helper.make_node("Concat", ["row", "rows"], ["columns"], axis=2),
        helper.make_node("Transpose", ["columns"], ["p"], perm=[0, 2, 1]),
    ]
    return _vectors(path, nodes, "pixel_values", [1, 3, 224, 224], [1, 257, 3], "last_hidden_state")


def wrong_shape(path: Path, side: int) -> Path:
    """Answers with one plane."""
    return _saved(path, [helper.make_node("Identity", ["mask"], ["output"])], side, TensorProto.FLOAT, "output")


def not_numbers(path: Path, side: int) -> Path:
    """Answers with 0 / 0."""
    nodes = [
        helper.make_node("Mul", ["image", "nought"], ["zero"]),
        helper.make_node("Div", ["zero", "zero"], ["output"]),
    ]
    return _saved(path, nodes, side, TensorProto.FLOAT, "output")


def words(path: Path, side: int) -> Path:
    """Answers with text."""
    node = helper.make_node("Cast", ["image"], ["output"], to=TensorProto.STRING)
    return _saved(path, [node], side, TensorProto.FLOAT, "output", gives=TensorProto.STRING)


def crash(path: Path, side: int) -> Path:
    """Fails while it runs: the picture does not have the shape that is asked for."""
    node = helper.make_node("Reshape", ["image", "impossible"], ["output"])
    return _saved(path, [node], side, TensorProto.FLOAT, "output")


def other_names(path: Path, side: int) -> Path:
    """Calls its inputs something else."""
    graph = lama(path, side)
    model = onnx.load(graph)
    for node in model.graph.node:
        for at, name in enumerate(node.input):
            node.input[at] = {"image": "img", "mask": "msk"}.get(name, name)
    for given, name in zip(model.graph.input, ("img", "msk"), strict=True):
        given.name = name
    onnx.save(model, path)
    return path


def _vectors(
    path: Path, nodes: Sequence[onnx.NodeProto], takes: str, size: list[int], gives: list[int], name: str
) -> Path:
    """A graph whose `p` is given out in another shape."""
    graph = helper.make_graph(
        [*nodes, helper.make_node("Reshape", ["p", "shape"], [name])], "stand-in",
        [helper.make_tensor_value_info(takes, TensorProto.FLOAT, size)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, gives)],
        [numpy_helper.from_array(np.array(gives, np.int64), "shape"),
         numpy_helper.from_array(np.array([1, 3, -1], np.int64), "flat")],
    )  # fmt: skip
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR), path)
    return path


def _saved(
    path: Path, nodes: Sequence[onnx.NodeProto], side: int, takes: int, output: str, gives: int | None = None
) -> Path:
    constants = {
        "one": np.float32(1), "top": np.float32(255), "nought": np.float32(0),
        "plane": np.array([2, 3], dtype=np.int64), "impossible": np.array([7, 11], dtype=np.int64),
    }  # fmt: skip
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(
        nodes,
        "stand-in",
        [
            helper.make_tensor_value_info("image", takes, [1, 3, side, side]),
            helper.make_tensor_value_info("mask", takes, [1, 1, side, side]),
        ],
        [helper.make_tensor_value_info(output, takes if gives is None else gives, None)],
        [numpy_helper.from_array(np.asarray(v), name) for name, v in constants.items() if name in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    onnx.save(model, path)
    return path
