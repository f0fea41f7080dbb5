"""The registry of models: the one place that knows which kernels there are."""

from dataclasses import dataclass

import legacy_model
import new_model
from prison.call import Call, Result
from prison.kernel import Kernel
from prison.step import Handlers, step


@dataclass(frozen=True, slots=True)
class Model:
    """A kernel's semantics: one handler per kind of call."""

    name: str  # as on the command line
    key: str  # as in recorded traces
    handlers: Handlers
    has_deadid: bool  # lastdeadid exists

    def step(self, k: Kernel, call: Call) -> Result:
        """Let `k` answer one call (prison/step.py)."""
        return step(k, self.handlers, call)


Pair = tuple[Model, Model]  # the old kernel's, the new kernel's

LEGACY = Model("legacy", "old", legacy_model.HANDLERS, has_deadid=False)
NEW = Model("new", "new", new_model.HANDLERS, has_deadid=True)
PRISTINE: Pair = (LEGACY, NEW)
MODELS = {model.name: model for model in (LEGACY, NEW)}
