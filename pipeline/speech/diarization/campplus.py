"""The CAM++ network, run straight from its weights: 80-bin filter bank in, 192 numbers of a voice out.

The batch normalisations behind a convolution are folded into it, which makes it quicker on a CPU.
Source: H. Wang et al., "CAM++: a fast and efficient network for speaker verification using context-aware
masking", Interspeech 2023; weights of the 3D-Speaker project, Apache-2.0.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    Tensor = Any  # torch is imported late

DIMENSION = 192
BINS = 80
LEAST_FRAMES = 10  # of 10 ms: fewer tell nothing of a voice
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers and dilation of each dense block
_POOLED = 100  # frames that share a local context
_EPSILON = 1e-5  # of batch normalisation, torch's default


class CampplusNetwork:
    """The network's arithmetic.

    Parameters
    ----------
    weights : mapping of str to Tensor
        The published state dict.

    Raises
    ------
    KeyError, RuntimeError, ValueError
        If they are not this network's.
    """

    def __init__(self, weights: Mapping[str, Tensor]) -> None:
        self._torch: Any = import_module("torch")
        self._f: Any = import_module("torch.nn.functional")
        self.tensors: dict[str, Tensor] = {}
        """What the arithmetic uses, by name; may be moved to another device."""
        left = {name: value for name, value in weights.items() if not name.endswith("num_batches_tracked")}
        self._fold(left, "head.conv1", "head.bn1")
        for layer in ("head.layer1", "head.layer2"):
            for block in (f"{layer}.0", f"{layer}.1"):
                self._fold(left, f"{block}.conv1", f"{block}.bn1")
                self._fold(left, f"{block}.conv2", f"{block}.bn2")
            self._fold(left, f"{layer}.0.shortcut.0", f"{layer}.0.shortcut.1")
        self._fold(left, "head.conv2", "head.bn2")
        self._fold(left, "xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm")
        for number, (layers, _) in enumerate(_BLOCKS, 1):
            for k in range(1, layers + 1):
                name = f"xvector.block{number}.tdnnd{k}"
                self._scale(left, f"{name}.nonlinear1.batchnorm")
                self._fold(left, f"{name}.linear1", f"{name}.nonlinear2.batchnorm")
            self._scale(left, f"xvector.transit{number}.nonlinear.batchnorm")
        self._fold(left, "xvector.transit3.linear", "xvector.out_nonlinear.batchnorm")
        self._fold(left, "xvector.dense.linear", "xvector.dense.nonlinear.batchnorm")
        self.tensors.update(left)  # those without a normalisation of their own
        if self.tensors["xvector.dense.linear.weight"].shape[0] != DIMENSION:
            raise ValueError("not the CAM++ network that was expected")

    def _norm(self, left: dict[str, Tensor], norm: str) -> tuple[Tensor, Tensor]:
        """Return a batch normalisation as factor and offset."""
        mean, variance = left.pop(f"{norm}.running_mean"), left.pop(f"{norm}.running_var")
        gain = left.pop(f"{norm}.weight", self._torch.ones_like(mean))
        factor = gain / self._torch.sqrt(variance + _EPSILON)
        return factor, left.pop(f"{norm}.bias", self._torch.zeros_like(mean)) - mean * factor

    def _fold(self, left: dict[str, Tensor], convolution: str, norm: str) -> None:
        weight = left.pop(f"{convolution}.weight")
        factor, offset = self._norm(left, norm)
        self.tensors[f"{convolution}.weight"] = weight * factor.reshape(-1, *[1] * (weight.ndim - 1))
        self.tensors[f"{convolution}.bias"] = offset

    def _scale(self, left: dict[str, Tensor], norm: str) -> None:
        factor, offset = self._norm(left, norm)
        self.tensors[f"{norm}.factor"], self.tensors[f"{norm}.offset"] = factor[:, None], offset[:, None]

    def __call__(self, features: Tensor) -> Tensor:
        """Return the embedding of one stretch of speech.

        Parameters
        ----------
        features : Tensor, shape (frames, 80)
            Log filter-bank energies every 10 ms, their mean over time subtracted.

        Returns
        -------
        Tensor, shape (192,)
        """
        x = self._head(features.T[None, None])
        x = self._relu(self._conv1(x, "xvector.tdnn.linear", stride=2, padding=2))
        for number, (layers, dilation) in enumerate(_BLOCKS, 1):
            for k in range(1, layers + 1):
                x = self._torch.cat([x, self._dense(x, f"xvector.block{number}.tdnnd{k}", dilation)], dim=1)
            x = self._conv1(
                self._activated(x, f"xvector.transit{number}.nonlinear"), f"xvector.transit{number}.linear"
            )
        x = self._relu(x)
        pooled = self._torch.cat([x.mean(dim=-1), x.std(dim=-1)], dim=-1)[..., None]
        return self._conv1(pooled, "xvector.dense.linear")[0, :, 0]

    def _head(self, x: Tensor) -> Tensor:
        x = self._relu(self._conv2(x, "head.conv1"))
        for layer in ("head.layer1", "head.layer2"):
            short = self._conv2(x, f"{layer}.0.shortcut.0", (2, 1), padding=0)
            inner = self._relu(self._conv2(x, f"{layer}.0.conv1", (2, 1)))
            x = self._relu(self._conv2(inner, f"{layer}.0.conv2") + short)
            inner = self._relu(self._conv2(x, f"{layer}.1.conv1"))
            x = self._relu(self._conv2(inner, f"{layer}.1.conv2") + x)
        x = self._relu(self._conv2(x, "head.conv2", (2, 1)))
        return x.flatten(1, 2)

    def _dense(self, x: Tensor, name: str, dilation: int) -> Tensor:
        """One densely connected layer with its context-aware mask."""
        x = self._relu(self._conv1(self._activated(x, f"{name}.nonlinear1"), f"{name}.linear1"))
        local = self._conv1(x, f"{name}.cam_layer.linear_local", padding=dilation, dilation=dilation)
        near = self._f.avg_pool1d(x, _POOLED, _POOLED, ceil_mode=True)
        context = x.mean(dim=-1, keepdim=True) + near
        context = self._relu(self._conv1(context, f"{name}.cam_layer.linear1"))
        mask = self._torch.sigmoid(self._conv1(context, f"{name}.cam_layer.linear2"))
        return local * mask.repeat_interleave(_POOLED, dim=-1)[..., : x.shape[-1]]

    def _activated(self, x: Tensor, name: str) -> Tensor:
        factor, offset = self.tensors[f"{name}.batchnorm.factor"], self.tensors[f"{name}.batchnorm.offset"]
        return self._relu(x * factor + offset)

    def _conv1(self, x: Tensor, name: str, **how: int) -> Tensor:
        return self._f.conv1d(x, self.tensors[f"{name}.weight"], self.tensors.get(f"{name}.bias"), **how)

    def _conv2(self, x: Tensor, name: str, stride: tuple[int, int] = (1, 1), padding: int = 1) -> Tensor:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return self._f.conv2d(x, weight, bias, stride, padding)

    def _relu(self, x: Tensor) -> Tensor:
        return self._f.relu(x)
