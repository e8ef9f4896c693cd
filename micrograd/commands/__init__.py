"""The subcommands of the ``micrograd`` command, one module each.

Each defines ``add_parser(subparsers)``, which declares its arguments and sets ``run`` to a function from the parsed arguments to an
exit code.  Heavy imports belong inside ``run``, so that ``micrograd --help`` is quick.
"""

from micrograd import installation as installation
