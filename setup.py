"""What pyproject.toml cannot say: with JAILDIFF_COMPILE=1 the inner loop is compiled.

mypyc compiles the kernels, the lockstep, the invariants and the exhaustive search.  The same files
run uncompiled, and stay in the wheel: kernels are edited and inherited from them.
"""

import os
from pathlib import Path

from setuptools import setup

COMPILED = (
    "prison/*.py",
    "legacy_model/*.py",
    "new_model/*.py",
    "fuzz/differ/*.py",
    "fuzz/differ/steps/*.py",
    "fuzz/differ/verdict/[!r]*.py",
    "fuzz/differ/verdict/rulebook.py",
    "fuzz/differ/verdict/*/*.py",
    "fuzz/kernels/cleanup.py",
    "fuzz/kernels/holders.py",
    "fuzz/kernels/invariants.py",
    "fuzz/kernels/left_over.py",
    "fuzz/kernels/registry.py",
    "fuzz/kernels/soundness.py",
    "fuzz/programs/program.py",
    "fuzz/search/exhaustive/explore.py",
    "fuzz/search/exhaustive/states.py",
    "fuzz/search/generator/*.py",
    "fuzz/search/hunt/guide.py",
    "fuzz/search/hunt/hunt.py",
    "fuzz/search/libfuzzer/decode.py",
)
TEXT = {"__init__.py", "deltas.py", "descent.py", "source.py"}  # these handle texts, or only data

if os.environ.get("JAILDIFF_COMPILE"):
    from mypyc.build import mypycify

    found = [str(path) for pattern in COMPILED for path in sorted(Path().glob(pattern))]
    modules = [path for path in found if Path(path).name not in TEXT]
    options = ["--config-file=", "--ignore-missing-imports"]  # Libraries may be absent here.
    setup(ext_modules=mypycify([*options, *modules], group_name="jaildiff"))
else:
    setup()
