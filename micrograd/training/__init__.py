"""Training runs: what ``micrograd train`` does, as a library.

`Settings` say what is trained and how, `Run` is a folder with everything that belongs to one training, `train` does the work.
"""

from __future__ import annotations

from micrograd.training.errors import TrainingError as TrainingError
from micrograd.training.loop import Outcome as Outcome
from micrograd.training.loop import train as train
from micrograd.training.runs import Run as Run
from micrograd.training.settings import DEFAULTS as DEFAULTS
from micrograd.training.settings import Settings as Settings
