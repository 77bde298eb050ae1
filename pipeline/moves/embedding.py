"""Sentence embeddings by MiniLM in CTranslate2: converted once without torch, then cached.

In float32: in int8 a vector depends on the kind of processor and on the sentences beside it (cosines down to
.965 between two machines), and with it now and then a verdict.

The only file of this room that knows the model. Everything else sees an `Embedder`.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import MissingComponentError
from pipeline.files import output_error, private_folder, write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

_FORMAT = 2  # of the converted folder; raise it when the conversion changes
_MAX_TOKENS = 128  # of a sentence; what is longer is cut, as in the model's own configuration
_BATCH_TOKENS = 1024
_DIMENSIONS = 384
_MARK = "hearout-source.json"


class Embedder(Protocol):
    """What turns sentences into vectors."""

    @property
    def digest(self) -> str:
        """What identifies the model and its conversion: part of the key of every fit."""
        ...

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return the sum of each text's token vectors and the number of its tokens.

        Sums, not means: the vector of several sentences together is then the sum of theirs.

        Returns
        -------
        sums : array of float32, shape (texts, dimensions)
        counts : array of int32, shape (texts,)
        """
        ...


@dataclass(frozen=True, slots=True)
class EmbedderOptions:
    """How the model is loaded.

    Parameters
    ----------
    threads : int
        Of the processor, for one batch.
    cache : Path or None
        Folder for the converted model; ``None``: `default_cache`.
    """

    threads: int = 1
    cache: Path | None = None


def default_cache() -> Path:
    """Return the user's cache folder for what is derived from models."""
    import platformdirs

    named = os.environ.get("HEAROUT_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("hearout", appauthor=False))


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 on the processor, in float32: the same on any machine to six digits.

    Parameters
    ----------
    folder : Path
        With the checked ``model.safetensors``, ``tokenizer.json`` and ``config.json``.
    options : EmbedderOptions, optional

    Raises
    ------
    MissingComponentError
        If the folder can't be read as such a model.
    OutputError
        If the converted model can't be stored.
    """

    def __init__(self, folder: Path, options: EmbedderOptions = EmbedderOptions()) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        converted, self._digest = converted_model(folder, options.cache or default_cache())
        try:
            self._encoder = ctranslate2.Encoder(
                str(converted),
                device="cpu",
                compute_type="float32",
                inter_threads=1,
                intra_threads=options.threads,
            )
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises nothing more special
            raise MissingComponentError(
                f"{folder}: the sentence model can't be loaded.",
                "Get it again with: hearout models pull minilm",
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MAX_TOKENS)

    @property
    def digest(self) -> str:
        """SHA-256 of the weights and the tokenizer, with the form of the conversion."""
        return self._digest

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
        """Return sums of token vectors and token counts; see `Embedder.embed`."""
        import numpy as np

        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        counts = np.array([len(row) for row in ids], dtype=np.int32)
        sums = np.zeros((len(ids), _DIMENSIONS), dtype=np.float32)
        for batch in _batches(counts.tolist()):
            output = self._encoder.forward_batch([ids[k] for k in batch])
            states = np.asarray(output.last_hidden_state)
            for row, k in enumerate(batch):
                sums[k] = states[row, : counts[k]].sum(axis=0)
        return sums, counts


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Put texts of like length together, so that little is spent on padding."""
    batches: list[list[int]] = []
    batch: list[int] = []
    for k in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[k] * (len(batch) + 1) > _BATCH_TOKENS:
            batches.append(batch)
            batch = []
        batch.append(k)
    return [*batches, batch] if batch else batches


def converted_model(folder: Path, cache: Path) -> tuple[Path, str]:
    """Return the folder of the converted model and its digest, converting at the first call.

    Parameters
    ----------
    folder : Path
        With the model as published.
    cache : Path
        The result goes to a folder below, named by the digest, readable by its owner only.

    Raises
    ------
    MissingComponentError, OutputError
    """
    import ctranslate2

    try:
        digest = hashlib.sha256()
        for name in ("model.safetensors", "tokenizer.json", "config.json"):
            with (folder / name).open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise MissingComponentError(
            f"{folder}: the sentence model lacks a file ({Path(str(error.filename)).name}).",
            "Get it with: hearout models pull minilm",
        ) from error
    identity = f"{digest.hexdigest()}/{_FORMAT}/ctranslate2-{ctranslate2.__version__.split('.')[0]}"
    key = hashlib.sha256(identity.encode()).hexdigest()
    target = cache / "converted" / f"minilm-{key[:16]}"
    if not (target / _MARK).is_file():
        _convert(folder, target, {"source": digest.hexdigest(), "format": _FORMAT, "key": key})
    return target, key


def _convert(folder: Path, target: Path, mark: Mapping[str, object]) -> None:
    parent = private_folder(target.parent)
    try:
        work = Path(tempfile.mkdtemp(dir=parent, prefix=f".{target.name}."))
    except OSError as error:
        raise output_error(parent, error) from error
    try:
        _specification(folder).save(str(work))
        for file in work.iterdir():
            file.chmod(0o600)
        write_atomic(work / _MARK, json.dumps(mark))
        if target.exists() and not (target / _MARK).exists():
            shutil.rmtree(target)
        try:
            work.replace(target)
        except OSError:
            if not (target / _MARK).is_file():  # else another process was quicker: its result is the same
                raise
    except OSError as error:
        raise output_error(target, error) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _specification(folder: Path) -> Any:
    """Lay a BERT encoder's tensors out as CTranslate2 wants them."""
    from ctranslate2.specs import common_spec, transformer_spec

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        tensors = _read_safetensors(folder / "model.safetensors")
        encoder = transformer_spec.TransformerEncoderSpec(
            config["num_hidden_layers"],
            config["num_attention_heads"],
            pre_norm=False,
            activation=common_spec.Activation.GELU,
            layernorm_embedding=True,
            num_source_embeddings=2,
            embeddings_merge=common_spec.EmbeddingsMerge.ADD,
        )
        encoder.scale_embeddings = False
        _fill(encoder, tensors)
        spec = transformer_spec.TransformerEncoderModelSpec(encoder, pooling_layer=False)
        spec.config.layer_norm_epsilon = config["layer_norm_eps"]
        spec.config.unk_token = "[UNK]"  # noqa: S105 - a token of the vocabulary
        spec.register_vocabulary(_vocabulary(folder / "tokenizer.json"))
    except (KeyError, ValueError, TypeError) as error:
        raise MissingComponentError(
            f"{folder}: this is not a MiniLM sentence model ({type(error).__name__}).",
            "Get it again with: hearout models pull minilm",
        ) from error
    spec.validate()
    spec.optimize()
    return spec


def _fill(encoder: Any, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    import numpy as np

    def norm(spec: Any, name: str) -> None:
        spec.gamma, spec.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]

    def linear(spec: Any, *names: str) -> None:
        spec.weight = np.concatenate([tensors[f"{name}.weight"] for name in names])
        spec.bias = np.concatenate([tensors[f"{name}.bias"] for name in names])

    encoder.embeddings[0].weight = tensors["embeddings.word_embeddings.weight"]
    encoder.embeddings[1].weight = tensors["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = tensors["embeddings.position_embeddings.weight"]
    norm(encoder.layernorm_embedding, "embeddings.LayerNorm")
    for k, layer in enumerate(encoder.layer):
        at = f"encoder.layer.{k}"
        self_at = f"{at}.attention.self"
        attention = layer.self_attention
        linear(attention.linear[0], f"{self_at}.query", f"{self_at}.key", f"{self_at}.value")
        linear(attention.linear[1], f"{at}.attention.output.dense")
        norm(attention.layer_norm, f"{at}.attention.output.LayerNorm")
        linear(layer.ffn.linear_0, f"{at}.intermediate.dense")
        linear(layer.ffn.linear_1, f"{at}.output.dense")
        norm(layer.ffn.layer_norm, f"{at}.output.LayerNorm")


def _vocabulary(path: Path) -> list[str]:
    vocab = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return sorted(vocab, key=vocab.__getitem__)


def _read_safetensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read float32 tensors: eight bytes of length, a JSON header, then the data (published format)."""
    import numpy as np

    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = entry["data_offsets"]
            values = np.frombuffer(data[start + begin : start + end], np.float32)
            found[name] = values.reshape(entry["shape"]).copy()
    return found
