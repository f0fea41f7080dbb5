"""Models with a planted fault: one call is answered by another handler."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from jail_kernel.call import Result
from jail_kernel.kernel import Kernel
from jaildiff.kernels.registry import Model
from jaildiff.programs.commands.command import Op

Handler = Callable[[Kernel, Any], Result]


def faulty(model: Model, call: type[Op], handler: Handler) -> Model:
    """A model in which one call is answered by another handler."""
    handlers: Mapping[type[Any], Handler] = {**model.handlers, call: handler}
    return replace(model, handlers=handlers)


def leaking(inner: Handler) -> Handler:
    """A handler that answers as `inner` does and forgets a reference of prison0."""

    def handler(k: Kernel, call: Op) -> Result:
        result = inner(k, call)
        if result.errno is None:
            k.lock(k.prison0)
            k.prison0.ref += 1
        return result

    return handler
