"""Neural networks on the tape engine."""

from __future__ import annotations

from micrograd.nn.scalar import MLP as MLP
from micrograd.nn.scalar import Layer as Layer
from micrograd.nn.scalar import Module as Module
from micrograd.nn.scalar import Neuron as Neuron
