"""What the commands share: exit codes, signals, and streams that cannot show everything, or anything.

    0    done; everything is proved
    1    something is refuted; a training or a download failed
    2    unusable input
    3    nothing is refuted, but something is unknown
    4    none of these: an internal error, no memory, output that could not be written
    128 + n   ended by signal n: 130 Ctrl-C, 143 SIGTERM, 129 SIGHUP, 141 the reader of the output went away

Standard library only, and tqdm for bars if it is there.
"""

from __future__ import annotations

import argparse
import codecs
import errno
import io
import json
import math
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NoReturn

FAILED = 4
BROKEN_PIPE = 141
CODES = f"{FAILED} an internal error or output that cannot be written, 128 + n ended by signal n"
"""For the help texts: what all of the commands have in common."""

ASCII = {
    "⊢": "|-", "→": "->", "…": "...", "−": "-", "–": "-", "—": "-", "·": "*", "×": "x", "′": "'", "≤": "<=", "≥": ">=", "≠": "!=",
    "±": "+/-", "π": "pi", "∂": "d", "√": "sqrt", "∞": "inf", "“": '"', "”": '"', "’": "'", "\u00a0": " ",
    "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
}  # fmt: skip
"""What is shown for a character on a terminal that does not have it; all others are shown as escapes."""
_HANDLER = "micrograd.ascii"
_AGAIN = 0.02
_PATIENCE = 10.0
"""Seconds after a signal in which others are ignored: a terminal that is closed sends two, and results are being written."""


class Interrupted(KeyboardInterrupt):
    """A signal asks the command to end.

    Attributes:
        code: the exit code that says so.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number


def code_of(interruption: KeyboardInterrupt) -> int:
    """The exit code of an interruption."""
    return interruption.code if isinstance(interruption, Interrupted) else 128 + signal.SIGINT


def run(name: str, main: Callable[[], int]) -> int:
    """The exit code of a command, whatever happens in it.

    Unexpected exceptions, streams that are closed or full, and signals get codes of their own, and one line on stderr.
    """
    with _streams() as output, _signals():
        code = _called(name, main)
        try:
            sys.stdout.flush()
        except (OSError, ValueError) as reason:
            code = _output_lost(name, reason, said=code == FAILED)
        if output.lost and code != BROKEN_PIPE:
            code = max(code, complain(name, "there is no standard output to write to", FAILED))
    return code


def _called(name: str, main: Callable[[], int]) -> int:
    try:
        return main()
    except SystemExit as leaving:
        if leaving.code is None or isinstance(leaving.code, int):
            return leaving.code or 0
        return complain(name, str(leaving.code), FAILED)
    except KeyboardInterrupt as interruption:
        return complain(name, "interrupted", code_of(interruption))
    except MemoryError:
        return complain(name, "there is not enough memory", FAILED)
    except BrokenPipeError as reason:
        return _output_lost(name, reason)
    except OSError as reason:
        of_output = reason.filename is None and reason.errno in (errno.ENOSPC, errno.EIO, errno.EBADF, errno.EFBIG)
        where = "the output could not be written: " if of_output else f"{reason.filename}: " if reason.filename else ""
        return complain(name, f"{where}{reason.strerror or reason}", FAILED)
    except Exception as reason:
        frame = traceback.extract_tb(reason.__traceback__)[-1]
        where = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        return complain(name, f"internal error: {type(reason).__name__}: {' '.join(str(reason).split())} ({where})", FAILED)


def complain(name: str, reason: str, code: int) -> int:
    """Say in one line on stderr what is wrong, if there is anybody to hear it; returns the code."""
    with suppress(OSError, ValueError):
        print(f"{name}: {one_line(reason)}", file=sys.stderr, flush=True)
    return code


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as all of the commands do; the usage is in ``--help``, which is output like any other."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        if file is sys.stdout:
            file.write(message)
        else:
            super()._print_message(message, file)


def shows_unicode() -> bool:
    """Whether standard output has all characters."""
    return codecs.lookup(getattr(sys.stdout, "encoding", None) or "ascii").name == "utf-8"


def one_line(text: str) -> str:
    """A text from a file as part of a line: line feeds, escape sequences and what else moves a terminal's cursor are shown, not sent."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def json_text(data: Any, indent: int | None = None) -> str:
    """Data as JSON that standard output can show: characters that it does not have are escaped."""
    return json.dumps(data, indent=indent, ensure_ascii=not shows_unicode())


class _NoBar:
    """In the place of a bar where there is nobody to see it."""

    disable = True

    def __enter__(self) -> _NoBar:
        return self

    def _pass(self, *_: object) -> None: ...

    __exit__ = update = close = _pass


def progress(total: int | None, unit: str, *, quiet: bool = False, **options: Any) -> Any:
    """A bar of tqdm's on stderr; one that shows nothing (``disable``) if that is not a terminal or tqdm is not installed."""
    if not quiet and sys.stderr.isatty():
        with suppress(ImportError):
            from tqdm import tqdm

            return tqdm(total=total, unit=unit, leave=False, **options)
    return _NoBar()


# --- signals ---------------------------------------------------------------------------------------------------------


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class _Ear:
    """Hears the signals of this process, which all come to its main thread."""

    def __init__(self) -> None:
        self.last = -math.inf
        self.held = False
        self.waiting: int | None = None

    def swallowed(self, number: int) -> None:
        """An interruption came where Python drops exceptions, such as the callback of a weak reference: raise it again a little later."""
        self.last = -math.inf
        threading.Timer(_AGAIN, _send, [number]).start()

    def hear(self, number: int, frame: FrameType | None) -> None:
        """Interrupt the command, unless it is being interrupted already or must not be."""
        if self.held:
            self.waiting = number
            return
        now = time.monotonic()
        if now - self.last > _PATIENCE:
            self.last = now
            raise Interrupted(number)


def _send(number: int) -> None:
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, number)  # even where the main thread waits
    else:
        signal.raise_signal(number)


_ear = _Ear()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """A signal that comes during the block is heard at its end."""
    _ear.held, _ear.waiting = True, None
    try:
        yield
    finally:
        _ear.held = False
    if _ear.waiting is not None:
        _ear.hear(_ear.waiting, None)


@contextmanager
def _signals() -> Iterator[None]:
    """Signals that end a process are exceptions; what is ignored, as under ``nohup``, stays ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [number for number in _numbers() if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)]
    _ear.last = -math.inf
    hook = sys.unraisablehook

    def unraisable(dropped: Any) -> None:
        if isinstance(dropped.exc_value, Interrupted):
            _ear.swallowed(dropped.exc_value.code - 128)
        else:
            hook(dropped)

    before = {number: signal.signal(number, _ear.hear) for number in ours}
    sys.unraisablehook = unraisable
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number, handler in before.items():
            signal.signal(number, handler)


# --- streams ---------------------------------------------------------------------------------------------------------


class _Nowhere(io.TextIOBase):
    """Standard output where there is none."""

    encoding = "utf-8"
    lost = False

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.lost = self.lost or bool(text)
        return len(text)


@contextmanager
def _streams() -> Iterator[_Nowhere]:
    """Standard streams that take every text; those that are closed do not hand their numbers to other files."""
    nowhere = _Nowhere()
    _fill_the_numbers()
    out, err = sys.stdout, sys.stderr
    sys.stdout = out if out is not None else nowhere  # type: ignore[unreachable, unused-ignore]
    sys.stderr = err if err is not None else _Nowhere()  # else ``print(…, file=sys.stderr)`` would write to standard output
    codecs.register_error(_HANDLER, transcribe)
    for stream in (out, err):
        if isinstance(stream, io.TextIOWrapper) and stream in (sys.__stdout__, sys.__stderr__):
            with suppress(OSError, ValueError):
                stream.reconfigure(errors=_HANDLER)
    try:
        yield nowhere
    finally:
        with suppress(ValueError):
            try:
                sys.stderr.flush()
            except OSError:
                _let_go(sys.stderr)
        sys.stdout, sys.stderr = out, err


def transcribe(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs: the nearest ASCII, or an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(ASCII.get(c) or c.encode("ascii", "backslashreplace").decode("ascii") for c in text), error.end


def _fill_the_numbers() -> None:
    """Make sure that 0, 1 and 2 are open."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _output_lost(name: str, reason: Exception, *, said: bool = False) -> int:
    _let_go(sys.stdout)
    if isinstance(reason, BrokenPipeError):
        return BROKEN_PIPE
    if said:
        return FAILED
    return complain(name, f"the output could not be written: {getattr(reason, 'strerror', None) or reason}", FAILED)


def _let_go(stream: Any) -> None:
    """What a stream still holds goes nowhere, so that the interpreter does not try once more when it ends."""
    if stream is not None and stream in (sys.__stdout__, sys.__stderr__):
        with suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
