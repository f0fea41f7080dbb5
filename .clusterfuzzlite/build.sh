#!/bin/bash -eu
# Builds the fuzz targets for ClusterFuzzLite and OSS-Fuzz: into $OUT, each with seeds, words and
# options.  $SRC/jaildiff is the checkout; compile_python_fuzzer comes with their image.

cd "$SRC/jaildiff"
python3 -m pip install .

for target in fuzz/jaildiff/search/libfuzzer/fuzz_*.py; do
    name=$(basename "$target" .py)
    # A target reads fuzz/jaildiff/findings/baseline.toml when it starts; what is packed by itself is only imports.
    compile_python_fuzzer "$target" --collect-data jaildiff
    python3 -m jaildiff.search.libfuzzer.seeds corpus "$OUT/${name}_seed_corpus.zip"
    python3 -m jaildiff.search.libfuzzer.dictionary >"$OUT/$name.dict"
    cat >"$OUT/$name.options" <<OPTIONS
[libfuzzer]
dict = $name.dict
max_len = 16384
OPTIONS
done
