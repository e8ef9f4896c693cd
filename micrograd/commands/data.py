"""``micrograd data``: fetch data sets, and look at them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from micrograd.terminal import CODES, complain, json_text

EPILOG = f"""\
examples:
  micrograd data mnist                 download MNIST to where the other commands look for it
  micrograd data fashion-mnist --to data/
  micrograd data info                  what would be used: files, shapes, and whether they are the published ones
  micrograd data info data/ --name fashion-mnist --json
  micrograd data show --count 5        the first test digits, as text

exit code: 0 done, 1 the download failed (run it again: it is continued), 2 unusable input,
  {CODES}
"""
SHADES = " .:-=+*#%@"


def add_parser(subparsers: Any) -> None:
    """Declare the arguments."""
    parser = subparsers.add_parser(
        "data",
        help="download and inspect data sets",
        description="Download MNIST or Fashion-MNIST, with checks, or say what is there.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("mnist", "fashion-mnist", "info", "show"))
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="a folder with the files, for info and show")
    parser.add_argument("--to", type=Path, metavar="DIR", help="where to download to")
    parser.add_argument("--data", type=Path, metavar="DIR", help="the same as DIR")
    parser.add_argument("--name", default="mnist", choices=("mnist", "fashion-mnist"), help="which set, for info and show")
    parser.add_argument("--count", type=int, default=3, metavar="N", help="how many digits to show (default: 3)")
    parser.add_argument("--mirror", action="append", metavar="URL", help="an address to download from instead; may be repeated")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Do what is asked."""
    from micrograd.data import DataError

    problem = _bad_options(options)
    if problem:
        return complain("micrograd data", problem, 2)
    try:
        if options.what in ("mnist", "fashion-mnist"):
            return _download(options)
        return _info(options) if options.what == "info" else _show(options)
    except DataError as reason:
        return complain("micrograd data", str(reason), 1 if options.what in ("mnist", "fashion-mnist") else 2)


def _bad_options(options: argparse.Namespace) -> str:
    if options.what in ("mnist", "fashion-mnist"):
        return "the folder to download to is given with --to DIR" if options.folder or options.data else ""
    if options.to or options.mirror:
        return f"--to and --mirror are for downloads, not for {options.what}"
    if options.folder and options.data:
        return f"the folder is given twice: {options.folder} and --data {options.data}"
    return f"--count is at least 0, not {options.count}" if options.count < 0 else ""


def _download(options: argparse.Namespace) -> int:
    from micrograd.data.download import download
    from micrograd.data.mnist import cache_folder

    folder = options.to or cache_folder() / options.what
    mirrors = [m if m.endswith("/") else f"{m}/" for m in options.mirror] if options.mirror else None
    paths = download(options.what, folder, mirrors)
    print(
        json_text({"folder": str(folder), "files": [p.name for p in paths]}) if options.json else f"{options.what} is in {folder}, checked"
    )
    return 0


def _info(options: argparse.Namespace) -> int:
    from micrograd.data.inventory import inventory

    found, parts = inventory(options.folder or options.data, name=options.name)
    published = [part.published for part in parts]
    whole = False if False in published else None if None in published else True
    if options.json:
        files = [{"part": p.name, "path": str(p.path), "shape": list(p.shape), "published": p.published} for p in parts]
        facts = {"name": options.name, "source": found.source, "sample": found.sample, "published": whole}
        print(json_text({**facts, "train": list(found.train_images.shape), "test": list(found.test_images.shape), "files": files}))
        return 0
    kind = {True: "the published files", False: "not the published files", None: "whether published, cannot be told"}[whole]
    if found.sample:
        kind = "a sample: `micrograd data mnist` fetches the whole set"
    counts = f"{len(found.train_images)} training and {len(found.test_images)} test images of 28 x 28"
    print(f"{options.name}: {counts}, from {found.source} ({kind})")
    for part in parts:
        verdict = {True: "digest right", False: "digest differs", None: "no published digest"}[part.published]
        print(f"  {part.name:12}  {' x '.join(map(str, part.shape)):15}  {verdict:19}  {part.path}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from micrograd.data import load_mnist

    found = load_mnist(options.folder or options.data, name=options.name)
    for image, label in list(zip(found.test_images, found.test_labels, strict=True))[: options.count]:
        print(f"label {label}")
        for row in image[::2]:
            print("".join(SHADES[int(v) * len(SHADES) // 256] for v in row))
    return 0
