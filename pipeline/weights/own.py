"""A model folder of the user's own: accepted as it is, reported by its digest."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from pipeline.errors import MissingComponentError
from pipeline.weights.local import LocalStore, StoredFile
from pipeline.weights.spec import Kind

if TYPE_CHECKING:
    from pathlib import Path

_WHISPER = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_MOST_FILES = 500  # a home folder named by mistake is not hashed


def kind_of(folder: Path) -> Kind:
    """What a folder holds, told by its files.

    Raises
    ------
    MissingComponentError
        It is no model folder that hearout can read, or a file is missing from it.
    """
    if (folder / "model.bin").is_file():
        missing = [name for name in _WHISPER if not (folder / name).is_file()]
        if not any((folder / name).is_file() for name in _VOCABULARIES):
            missing.append("vocabulary.json")
        if missing:
            # Without its tokenizer the loader would go to the network for one.
            raise MissingComponentError(
                f"The model folder {folder} lacks {', '.join(missing)}.",
                "Convert it again with the option --copy_files tokenizer.json preprocessor_config.json.",
            )
        return Kind.WHISPER_CT2
    config = folder / "config.yaml"
    if config.is_file():
        text = config.read_text(encoding="utf-8", errors="replace")
        return Kind.DIARIZATION if re.search(r"^pipeline:", text, re.MULTILINE) else Kind.SEGMENTATION
    if (folder / "model.safetensors").is_file():
        return Kind.SENTENCE
    if (folder / "campplus_cn_en_common.pt").is_file():
        return Kind.EMBEDDING
    raise MissingComponentError(
        f"{folder} is no model folder: it has no model.bin, config.yaml or model.safetensors.",
        "Name a folder with a CTranslate2 Whisper model or a pyannote pipeline.",
    )


def files_of(folder: Path, kind: Kind, store: LocalStore) -> list[StoredFile]:
    """Its files with their digests; the weights first where one file holds them.

    Raises
    ------
    MissingComponentError
        It can't be read, or holds too much to be a model.
    """
    key = "own-" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    memory = store.memory(key)
    try:
        found = [
            StoredFile(path.relative_to(folder).as_posix(), path, path.stat().st_size, memory.digest(path))
            for path in _paths(folder, kind)
        ]
    except OSError as error:
        raise MissingComponentError(
            f"The model folder {folder} can't be read: {error.strerror or error}.", "Mend its permissions."
        ) from error
    memory.save()
    return found


def _paths(folder: Path, kind: Kind) -> list[Path]:
    if kind is Kind.WHISPER_CT2:
        names = (*_WHISPER, *_VOCABULARIES, "preprocessor_config.json")
        return [folder / name for name in names if (folder / name).is_file()]
    paths = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts) and path.suffix != ".md":
            paths.append(path)
        if len(paths) > _MOST_FILES:
            raise MissingComponentError(
                f"{folder} holds more than {_MOST_FILES} files: that is no model folder.",
                "Name the folder of the model itself.",
            )
    return sorted(paths, key=lambda path: -path.stat().st_size)
