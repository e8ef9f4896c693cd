"""Checkpoints: named arrays and texts in a safetensors file, written atomically.

A file is written beside its place under another name, flushed to the disk and then renamed: at the path there is always either the old
checkpoint or the new one.  Nothing is ever unpickled.  Reading checks the file's lengths before it believes them.

Needs the package safetensors (``pip install 'micrograd-verified[train]'``).

Reference: https://huggingface.co/docs/safetensors — 8 bytes of length, a JSON header, the arrays.
"""

from __future__ import annotations

import errno
import importlib.util
import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from micrograd.files import read_bytes, replacing
from micrograd.nn.errors import CheckpointError, StateError
from micrograd.nn.modules import ArrayModule

Array = npt.NDArray[Any]
MAX_BYTES = 1 << 34
"""Larger files are refused."""
ARCHITECTURE = "architecture"
"""Where `save_model` keeps the text of the model."""

_FULL = {errno.ENOSPC: "the disk is full", errno.EFBIG: "the file is larger than allowed here"}
_FULL |= {errno.EDQUOT: "the disk quota is used up"} if hasattr(errno, "EDQUOT") else {}
_REASONS = {
    **_FULL,
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "no such file or folder",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EISDIR: "this is a folder",
}


def checkpoints_can_be_written() -> bool:
    """Whether the package that writes them is there."""
    return importlib.util.find_spec("safetensors") is not None


def _library() -> Any:
    try:
        import safetensors.numpy
    except ImportError:
        raise CheckpointError("checkpoints need the package safetensors: pip install 'micrograd-verified[train]'") from None
    return safetensors.numpy


def _reason(error: OSError) -> str:
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def save(path: str | os.PathLike[str], tensors: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> None:
    """Write arrays and texts; what was at the path before is replaced in one go, or left alone if anything goes wrong.

    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "numbers.safetensors"
    >>> save(path, {"w": np.ones(2, np.float32)}, {"made by": "hand"})
    >>> load(path)
    ({'w': array([1., 1.], dtype=float32)}, {'made by': 'hand'})

    Raises:
        CheckpointError: no permission, a full disk, a folder that does not exist; no safetensors.
        TypeError: something that is not an array of numbers, or a text that is not a ``str``.
    """
    library = _library()
    arrays = {name: _plain(name, tensor) for name, tensor in tensors.items()}
    for key, text in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(text, str):
            raise TypeError(f"save: metadata are texts by name; {key!r} is a {type(text).__name__}")
    data = library.save(arrays, metadata=dict(metadata) if metadata else None)
    try:
        with replacing(path) as file:
            file.write(data)
    except OSError as error:
        raise CheckpointError(f"{path} was not written: {_reason(error)}") from None


def _plain(name: str, tensor: Any) -> Array:
    """The array with its numbers in a row, in the machine's byte order."""
    if not isinstance(name, str):
        raise TypeError(f"save: names are texts, not {name!r}")
    array = np.asarray(tensor)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"save: {name} must be an array of numbers, not of {array.dtype}")
    return np.array(array, dtype=array.dtype.newbyteorder("="), order="C")


def load(path: str | os.PathLike[str]) -> tuple[dict[str, Array], dict[str, str]]:
    """The arrays and texts of a file.

    Raises:
        CheckpointError: no such file, no permission, not a safetensors file, truncated; no safetensors.
    """
    library = _library()
    try:
        data = read_bytes(path, MAX_BYTES)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {_reason(error)}") from None
    header = _header(path, data)
    try:
        tensors = library.load(data)
    except Exception as error:  # whatever the library finds wrong with a file is one line for the user
        raise CheckpointError(f"{path} is damaged: {' '.join(str(error).split())}") from None
    return {name: np.array(tensor) for name, tensor in tensors.items()}, _metadata(path, header)


def _header(path: Any, data: bytes) -> dict[str, Any]:
    """The header, if the lengths that it gives are those of the file."""
    foreign = CheckpointError(f"{path} is not a safetensors file")
    if len(data) < 8:
        raise foreign if data else CheckpointError(f"{path} is empty")
    length = int.from_bytes(data[:8], "little")
    if data[8:9] not in (b"{", b"") or length > 100_000_000:
        raise foreign
    if len(data) < 8 + length:
        raise CheckpointError(f"{path} is truncated: its header has {length} bytes, {len(data) - 8} are there")
    try:
        header = json.loads(data[8 : 8 + length])
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        wanted = 8 + length + max(ends, default=0)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise foreign from None
    if len(data) < wanted:
        raise CheckpointError(f"{path} is truncated: {len(data)} of {wanted} bytes are there")
    return header if isinstance(header, dict) else {}


def _metadata(path: Any, header: dict[str, Any]) -> dict[str, str]:
    """The texts of a header; none at all, or null, is none."""
    texts = header.get("__metadata__") or {}
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise CheckpointError(f"{path} is damaged: its metadata are not texts by name")
    return texts


def save_model(path: str | os.PathLike[str], model: ArrayModule, metadata: Mapping[str, str] | None = None) -> None:
    """`save` the parameters of a model, with its text (``repr``) as the metadata ``architecture``."""
    save(path, model.state_dict(), {ARCHITECTURE: repr(model), **(metadata or {})})


def load_model(path: str | os.PathLike[str], model: ArrayModule) -> dict[str, str]:
    """Load the parameters of a model of the same architecture; the metadata.

    Raises:
        CheckpointError: as `load`, or a checkpoint of another architecture; then nothing was changed.
    """
    tensors, metadata = load(path)
    try:
        model.load_state_dict(tensors)
    except StateError as error:
        saved = metadata.get(ARCHITECTURE, repr(model))
        other = f"of {saved}, not of {model!r}" if saved != repr(model) else f"that does not fit {model!r}"
        raise CheckpointError(f"{path} is a checkpoint {other}: {error}") from None
    return metadata
