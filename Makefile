# Fixative's chores, one verb each; `make` lists them. What a verb does stands in scripts/bootstrap/.

# A checkout whose path holds spaces: only the shell may take the path apart.
ROOT := $(shell CDPATH= cd -- "$$(dirname -- '$(strip $(MAKEFILE_LIST))')" && pwd)
# Paths given to a verb are relative to where make was called: `make -C` has moved away from there (its mark
# is the flag w), and a PWD that some program left behind must not count otherwise.
export CALLED_FROM := $(if $(findstring w,$(firstword -$(MAKEFLAGS))),$(PWD),$(CURDIR))
# Only what stands on the command line counts: many clusters have a WORK or ARCHIVE in everyone's environment.
ARGUMENTS := SHEET ARCHIVE WORK CORES POLICY ROOTS ONLY ARGS SLURM SAMPLES SAMPLE APPROVER KILLS FLIPS CONFIGFILE AT Q REPOSITORY DATASET TO
$(foreach name,$(ARGUMENTS),$(if $(filter command,$(firstword $(origin $(name)))),,$(eval $(name) :=)))
export $(ARGUMENTS) PYTHON

BOOTSTRAP = sh "$(ROOT)/scripts/bootstrap

.DEFAULT_GOAL := help
.PHONY: help archive scan plan approve nightly cron watch why find verify audit repair replicate catalogue deposit curate setup witness slurm exiftool clean test test-slurm lint lock corpus formats faults bench

help:  ## list the verbs
	@awk '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { verb = $$1; sub(/:$$/, "", verb); sub(/^[^#]*## /, ""); \
		printf "  make %-11s %s\n", verb, $$0 }' "$(ROOT)/Makefile"

##@ archiving

archive:  ## archive the example, or SHEET=my.tsv ARCHIVE=/mnt/archive [WORK=dir] [CORES=n] [POLICY=name] [ONLY=a,b]
	@$(BOOTSTRAP)/archive.sh"

scan:  ## write a sample sheet of ROOTS="/data/one /data/two" [WORK=dir] [ARCHIVE=/mnt/archive]
	@$(BOOTSTRAP)/scan.sh"

plan:  ## say what the privacy policy would do to SHEET=my.tsv [WORK=dir] [POLICY=name]
	@$(BOOTSTRAP)/plan.sh"

approve:  ## approve plans that wait: SAMPLES="a b" APPROVER="name <address>" [WORK=dir] [ARGS=--all or --list]
	@$(BOOTSTRAP)/approve.sh"

nightly:  ## one night: scan, archive, audit, report: WORK=dir [CONFIGFILE=my.yaml ARCHIVE=.. ROOTS=.. SHEET=.. CORES=n]
	@$(BOOTSTRAP)/nightly.sh"

cron:  ## print the crontab line for it: WORK=dir [CONFIGFILE=my.yaml] [AT=01:15] [ARGS=--systemd]
	@$(BOOTSTRAP)/nightly.sh" cron

##@ looking at a run

watch:  ## show how far the run in WORK=dir is, from any terminal [ARGS=--once: say it and exit]
	@$(BOOTSTRAP)/watch.sh"

why:  ## tell one sample's history and what to do: SAMPLE=name [WORK=dir]
	@$(BOOTSTRAP)/why.sh"

##@ sealed objects

find:  ## find objects by words: Q="GFP 63x 2024" [ARCHIVE=/mnt/archive] [ARGS="--limit 5" or --json]
	@$(BOOTSTRAP)/find.sh"

verify:  ## check every object of the example's archive, or of ARCHIVE=/mnt/archive
	@$(BOOTSTRAP)/verify.sh"

audit:  ## check the objects that are due, in every copy: ARCHIVE=/mnt/archive WORK=dir [ARGS=...]
	@$(BOOTSTRAP)/audit.sh" audit

repair:  ## restore damaged objects from good copies: ARCHIVE=/mnt/archive WORK=dir [ARGS=...]
	@$(BOOTSTRAP)/audit.sh" repair

replicate:  ## copy to the replicas what they lack, and read it back: ARCHIVE=/mnt/archive WORK=dir [ARGS=...]
	@$(BOOTSTRAP)/audit.sh" replicate

catalogue:  ## make the catalogue of an archive anew from its objects: ARCHIVE=/mnt/archive WORK=dir
	@$(BOOTSTRAP)/catalogue.sh"

deposit:  ## make a package for a repository: REPOSITORY=zenodo DATASET=name ARCHIVE=/mnt/archive [WORK=dir] [TO=dir] [SHEET=my.tsv]
	@$(BOOTSTRAP)/deposit.sh" deposit

curate:  ## score what is known of a data set, write its README: DATASET=name ARCHIVE=/mnt/archive [WORK=dir] [SHEET=my.tsv]
	@$(BOOTSTRAP)/deposit.sh" curate

##@ setting up

setup:  ## only set up: .venv and exiftool
	@$(BOOTSTRAP)/environment.sh" imaging
	@$(BOOTSTRAP)/exiftool.sh" >/dev/null

witness:  ## get aicsimageio, a second reader for LIF and raster files, into .witness
	@$(BOOTSTRAP)/witness.sh"

slurm:  ## get Snakemake's plugin for Slurm into .slurm; archive SLURM=1 uses it (docs/hpc.md)
	@$(BOOTSTRAP)/slurm.sh"

exiftool:  ## get exiftool, even if that failed a moment ago
	@rm -f "$(ROOT)/.tools/no-exiftool"
	@$(BOOTSTRAP)/exiftool.sh"

clean:  ## remove the example and what tools left; never an archive of your own
	@$(BOOTSTRAP)/clean.sh"

##@ developing

test:  ## run the tests [ARGS="-k verify"]
	@$(BOOTSTRAP)/test.sh"

test-slurm:  ## run the tests that need a Slurm, on one that is started for them [ARGS="-k killed"]
	@$(BOOTSTRAP)/test_slurm.sh"

lint:  ## check style, types and the workflow
	@$(BOOTSTRAP)/lint.sh"

lock:  ## write the locks and the conda file anew from pyproject.toml (needs uv)
	@$(BOOTSTRAP)/lock.sh"

corpus:  ## archive every file of ../shared/corpus and print the table
	@$(BOOTSTRAP)/develop.sh" workflow_tests/corpus_table.py

formats:  ## list the formats: readers, witnesses, what was tried [ARGS=--markdown writes docs/formats.md]
	@$(BOOTSTRAP)/formats.sh"

faults:  ## kill 200 runs and flip 1,000 bits: all must be found [KILLS=n FLIPS=n ARCHIVE=/mnt/archive or ARGS=--corpus]
	@$(BOOTSTRAP)/faults.sh"

bench:  ## run the benchmarks
	@$(BOOTSTRAP)/develop.sh" benchmarks/run.py
