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
    "fuzz/differ/walk.py",
    "fuzz/differ/steps/experiment.py",
    "fuzz/differ/steps/lockstep.py",
    "fuzz/differ/steps/name_views.py",
    "fuzz/differ/steps/observation.py",
    "fuzz/differ/steps/survivors.py",
    "fuzz/kernels/cleanup.py",
    "fuzz/kernels/holders.py",
    "fuzz/kernels/invariants.py",
    "fuzz/kernels/left_over.py",
    "fuzz/kernels/registry.py",
    "fuzz/kernels/soundness.py",
    "fuzz/search/exhaustive/apart.py",
    "fuzz/search/exhaustive/echoes.py",
    "fuzz/search/exhaustive/explore.py",
    "fuzz/search/exhaustive/packing.py",
    "fuzz/search/exhaustive/rows.py",
    "fuzz/search/exhaustive/states.py",
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
