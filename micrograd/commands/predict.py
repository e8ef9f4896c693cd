"""``micrograd predict``: read a digit with a trained network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from micrograd.terminal import CODES, complain, json_text

EPILOG = f"""\
examples:
  micrograd predict runs/first digit.png
  micrograd predict runs/first t10k-images-idx3-ubyte.gz --json

A picture may have any size; it is turned to grey, and inverted if its background is light.
exit code: 0 done, 2 unusable input,
  {CODES}
"""


def add_parser(subparsers: Any) -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "predict",
        help="read digits with a trained network",
        description="Read the digit in a picture, or all digits in an IDX file, with the best network of a run.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run_folder", metavar="RUN", type=Path, help="a run's folder")
    parser.add_argument("file", type=Path, help="a PNG picture or an IDX file of images")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Predict."""
    from micrograd.commands.train import set_threads

    set_threads(None)
    from micrograd.data import DataError
    from micrograd.nn import CheckpointError, StateError
    from micrograd.training import TrainingError
    from micrograd.training.prediction import predict, read_images

    try:
        images = read_images(options.file)
        answers = predict(options.run_folder, images)
    except (DataError, TrainingError, CheckpointError, StateError) as reason:
        return complain("micrograd predict", str(reason), 2)
    if options.json:
        print(json_text([{"digit": digit, "confidence": confidence} for digit, confidence in answers]))
    elif len(answers) == 1:
        print(f"{answers[0][0]} ({100 * answers[0][1]:.1f} %)")
    else:
        for place, (digit, confidence) in enumerate(answers):
            print(f"{place}\t{digit}\t{100 * confidence:.1f} %")
    return 0
