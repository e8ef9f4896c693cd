"""Neural networks on the tape engine: of single numbers as in Karpathy's micrograd, and of arrays.

`Module`, `Neuron`, `Layer` and `MLP` are the scalar classes.  `ArrayModule`, `Linear`, `Sequential` and the rest are for training:
see docs/nn.md.
"""

from __future__ import annotations

from micrograd.nn.activations import ACTIVATIONS as ACTIVATIONS
from micrograd.nn.activations import GELU as GELU
from micrograd.nn.activations import Dropout as Dropout
from micrograd.nn.activations import Identity as Identity
from micrograd.nn.activations import ReLU as ReLU
from micrograd.nn.activations import Sigmoid as Sigmoid
from micrograd.nn.activations import Softplus as Softplus
from micrograd.nn.activations import Tanh as Tanh
from micrograd.nn.errors import CheckpointError as CheckpointError
from micrograd.nn.errors import StateError as StateError
from micrograd.nn.export import to_jax as to_jax
from micrograd.nn.export import to_jax_function as to_jax_function
from micrograd.nn.initialisers import INITIALISERS as INITIALISERS
from micrograd.nn.initialisers import glorot_normal as glorot_normal
from micrograd.nn.initialisers import glorot_uniform as glorot_uniform
from micrograd.nn.initialisers import he_normal as he_normal
from micrograd.nn.initialisers import he_uniform as he_uniform
from micrograd.nn.initialisers import normal as normal
from micrograd.nn.initialisers import uniform as uniform
from micrograd.nn.initialisers import zeros as zeros
from micrograd.nn.losses import LOSSES as LOSSES
from micrograd.nn.losses import accuracy as accuracy
from micrograd.nn.losses import cross_entropy as cross_entropy
from micrograd.nn.losses import hinge as hinge
from micrograd.nn.losses import mse as mse
from micrograd.nn.modules import ArrayModule as ArrayModule
from micrograd.nn.modules import Linear as Linear
from micrograd.nn.modules import Sequential as Sequential
from micrograd.nn.modules import multilayer as multilayer
from micrograd.nn.optimisers import OPTIMISERS as OPTIMISERS
from micrograd.nn.optimisers import SGD as SGD
from micrograd.nn.optimisers import Adam as Adam
from micrograd.nn.optimisers import AdamW as AdamW
from micrograd.nn.optimisers import Optimiser as Optimiser
from micrograd.nn.saving import load as load
from micrograd.nn.saving import load_model as load_model
from micrograd.nn.saving import save as save
from micrograd.nn.saving import save_model as save_model
from micrograd.nn.scalar import MLP as MLP
from micrograd.nn.scalar import Layer as Layer
from micrograd.nn.scalar import Module as Module
from micrograd.nn.scalar import Neuron as Neuron
from micrograd.nn.schedules import Constant as Constant
from micrograd.nn.schedules import Cosine as Cosine
from micrograd.nn.schedules import OneCycle as OneCycle
from micrograd.nn.schedules import StepDecay as StepDecay
from micrograd.nn.schedules import WarmUp as WarmUp
from micrograd.nn.trainer import Batches as Batches
from micrograd.nn.trainer import Step as Step
from micrograd.nn.trainer import Trainer as Trainer
from micrograd.nn.trainer import batches as batches
from micrograd.nn.trainer import evaluate as evaluate
from micrograd.nn.trainer import make_step as make_step
