"""``python -m micrograd`` is the ``micrograd`` command."""

import signal
import sys

if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the command listens, Ctrl-C ends it without a traceback

from micrograd.cli import main

sys.exit(main())
