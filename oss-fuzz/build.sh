#!/bin/bash -eu
# How to build is kept with the sources: see there.

exec bash "$SRC/jaildiff/.clusterfuzzlite/build.sh"
