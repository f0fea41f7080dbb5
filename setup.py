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
    "fuzz/jaildiff/differ/**/*.py",
    "fuzz/jaildiff/kernels/cleanup.py",
    "fuzz/jaildiff/kernels/holders.py",
    "fuzz/jaildiff/kernels/invariants.py",
    "fuzz/jaildiff/kernels/left_over.py",
    "fuzz/jaildiff/kernels/registry.py",
    "fuzz/jaildiff/kernels/soundness.py",
    "fuzz/jaildiff/programs/commands/command.py",
    "fuzz/jaildiff/programs/program.py",
    "fuzz/jaildiff/search/exhaustive/apart.py",
    "fuzz/jaildiff/search/exhaustive/echoes.py",
    "fuzz/jaildiff/search/exhaustive/explore.py",
    "fuzz/jaildiff/search/exhaustive/packing.py",
    "fuzz/jaildiff/search/exhaustive/rows.py",
    "fuzz/jaildiff/search/exhaustive/states.py",
    "fuzz/jaildiff/search/generator/*.py",
    "fuzz/jaildiff/search/hunt/guide.py",
    "fuzz/jaildiff/search/hunt/hunt.py",
    "fuzz/jaildiff/search/libfuzzer/decode.py",
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
