# Fixative's chores, one verb each; `make` lists them. What a verb does stands in scripts/bootstrap/.

# A checkout whose path holds spaces: only the shell may take the path apart.
ROOT := $(shell CDPATH= cd -- "$$(dirname -- '$(strip $(MAKEFILE_LIST))')" && pwd)
# Paths given to a verb are relative to where make was called: `make -C` has moved away from there (its mark
# is the flag w), and a PWD that some program left behind must not count otherwise.
export CALLED_FROM := $(if $(findstring w,$(firstword -$(MAKEFLAGS))),$(PWD),$(CURDIR))
# Only what stands on the command line counts: many clusters have a WORK or ARCHIVE in everyone's environment.
ARGUMENTS := SHEET ARCHIVE WORK CORES POLICY ROOTS ARGS SAMPLES APPROVER KILLS FLIPS
$(foreach name,$(ARGUMENTS),$(if $(filter command,$(firstword $(origin $(name)))),,$(eval $(name) :=)))
export $(ARGUMENTS) PYTHON

BOOTSTRAP = sh "$(ROOT)/scripts/bootstrap

.DEFAULT_GOAL := help
.PHONY: help archive verify audit repair plan approve scan setup witness test lint corpus formats bench faults lock exiftool clean

help:  ## list the verbs
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' "$(ROOT)/Makefile" | expand -t 18

archive:  ## archive the example, or SHEET=my.tsv ARCHIVE=/mnt/archive [WORK=dir] [CORES=n] [POLICY=name]
	@$(BOOTSTRAP)/archive.sh"

verify:  ## check every object of the example's archive, or of ARCHIVE=/mnt/archive
	@$(BOOTSTRAP)/verify.sh"

audit:  ## check the objects that are due, in every copy: ARCHIVE=/mnt/archive WORK=dir [ARGS=...]
	@$(BOOTSTRAP)/audit.sh" audit

repair:  ## restore damaged objects from good copies: ARCHIVE=/mnt/archive WORK=dir [ARGS=...]
	@$(BOOTSTRAP)/audit.sh" repair

plan:  ## say what the privacy policy would do to SHEET=my.tsv [WORK=dir] [POLICY=name]
	@$(BOOTSTRAP)/plan.sh"

approve:  ## approve plans that wait: SAMPLES="a b" APPROVER="name <address>" [WORK=dir] [ARGS=--all or --list]
	@$(BOOTSTRAP)/approve.sh"

scan:  ## write a sample sheet of ROOTS="/data/one /data/two" [WORK=dir] [ARCHIVE=/mnt/archive]
	@$(BOOTSTRAP)/scan.sh"

setup:  ## only set up: .venv and exiftool
	@$(BOOTSTRAP)/environment.sh" imaging
	@$(BOOTSTRAP)/exiftool.sh" >/dev/null

witness:  ## get aicsimageio, a second reader for LIF and raster files, into .witness
	@$(BOOTSTRAP)/witness.sh"

test:  ## run the tests [ARGS="-k verify"]
	@$(BOOTSTRAP)/test.sh"

lint:  ## check style, types and the workflow
	@$(BOOTSTRAP)/lint.sh"

corpus:  ## archive every file of ../shared/corpus and print the table
	@$(BOOTSTRAP)/develop.sh" workflow_tests/corpus_table.py

formats:  ## list the formats: readers, witnesses, what was tried [ARGS=--markdown writes docs/formats.md]
	@$(BOOTSTRAP)/formats.sh"

faults:  ## kill 200 runs and flip 1,000 bits: all must be found [KILLS=n FLIPS=n ARCHIVE=/mnt/archive or ARGS=--corpus]
	@$(BOOTSTRAP)/faults.sh"

bench:  ## run the benchmarks
	@$(BOOTSTRAP)/develop.sh" benchmarks/run.py

lock:  ## write the locks and the conda file anew from pyproject.toml (needs uv)
	@$(BOOTSTRAP)/lock.sh"

exiftool:  ## get exiftool, even if that failed a moment ago
	@rm -f "$(ROOT)/.tools/no-exiftool"
	@$(BOOTSTRAP)/exiftool.sh"

clean:  ## remove the example and what tools left; never an archive of your own
	@$(BOOTSTRAP)/clean.sh"
