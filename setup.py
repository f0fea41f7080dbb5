"""What pyproject.toml cannot say: with JAILDIFF_COMPILE=1 the inner loop is compiled.

mypyc compiles the kernels, the differ, the invariants, the generator, the hunt and the exhaustive
search.  The same files run uncompiled, and stay in the wheel: kernels are edited and inherited from
them.
"""

import os
from pathlib import Path

from setuptools import setup

COMPILED = (
    "jail_kernel/*.py",
    "legacy_model/*.py",
    "new_model/*.py",
    "fuzz/differ/**/*.py",
    "fuzz/kernels/cleanup.py",
    "fuzz/kernels/holders.py",
    "fuzz/kernels/invariants.py",
    "fuzz/kernels/left_over.py",
    "fuzz/kernels/registry.py",
    "fuzz/kernels/soundness.py",
    "fuzz/programs/commands/command.py",
    "fuzz/programs/program.py",
    "fuzz/search/exhaustive/apart.py",
    "fuzz/search/exhaustive/echoes.py",
    "fuzz/search/exhaustive/explore.py",
    "fuzz/search/exhaustive/packing.py",
    "fuzz/search/exhaustive/rows.py",
    "fuzz/search/exhaustive/states.py",
    "fuzz/search/generator/*.py",
    "fuzz/search/hunt/guide.py",
    "fuzz/search/hunt/hunt.py",
    "fuzz/search/libfuzzer/decode.py",
)
# These handle texts or data only, but for rule.py: mypyc cannot compile generic dataclasses.
NOT_COMPILED = {"__init__.py", "deltas.py", "rule.py"}

if os.environ.get("JAILDIFF_COMPILE"):
    from mypyc.build import mypycify

    found = [str(path) for pattern in COMPILED for path in sorted(Path().glob(pattern))]
    modules = [path for path in found if Path(path).name not in NOT_COMPILED]
    options = ["--config-file=", "--ignore-missing-imports"]  # Libraries may be absent here.
    setup(ext_modules=mypycify([*options, *modules], group_name="jaildiff", debug_level="0"))
else:
    setup()
