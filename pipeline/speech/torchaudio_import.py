"""Import torchaudio where its compiled extension does not load.

The published torchaudio wheel's extension links CUDA, so beside a CPU-only torch the import raises OSError,
although nothing that is used of it is compiled: it goes on without the extension where the file is absent,
and that is what the stand-in makes it believe.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

PACKAGE = "torchaudio"
EXTENSION = "torchaudio._extension"


def import_torchaudio() -> ModuleType:
    """Return torchaudio: as installed where that works, else without its compiled extension.

    Raises
    ------
    ImportError
        If it is not installed, or does not load without the extension either.
    """
    try:
        return import_module(PACKAGE)
    except (OSError, RuntimeError):
        _forget()
    stand_in = _stand_in()
    sys.modules[EXTENSION] = stand_in
    try:
        package = import_module(PACKAGE)
    except (OSError, RuntimeError) as error:
        _forget()
        raise ImportError(f"{PACKAGE} does not load: {error}", name=PACKAGE) from error
    vars(package)["_extension"] = stand_in  # an import finds it ready and does not bind it
    return package


def _forget() -> None:
    """Drop what a failed import left behind."""
    for name in [name for name in sys.modules if name == PACKAGE or name.startswith(PACKAGE + ".")]:
        del sys.modules[name]


def _stand_in() -> ModuleType:
    module = ModuleType(EXTENSION, "Stand-in: the compiled extension does not load beside this torch.")

    def fail_if_no_align(function: object) -> object:
        return function  # forced alignment fails when called, not when defined

    vars(module).update(
        _IS_TORCHAUDIO_EXT_AVAILABLE=False,
        _IS_ALIGN_AVAILABLE=False,
        _load_lib=lambda name: False,
        _check_cuda_version=lambda: None,
        fail_if_no_align=fail_if_no_align,
    )
    return module
