# Two commands: `make run` and `make test`. Each target is a script under scripts/ that can be run by itself too.
.PHONY: help setup run test test-all test-eras bench dist clean
export EXIT PORT REWRITE ONLY BINARY OUTPUT

help:
	@echo "make run              set up, build, serve, run the first example, keep serving on port 8080"
	@echo "make run EXIT=1       the same, ends after the example"
	@echo "make run PORT=9000    on another port"
	@echo "make test             set up, then every test (under 40 minutes on two cores)"
	@echo "make test-all         what takes longer: soak, crash, huge-file and Spark suites at full size"
	@echo "make test-eras        the documents' code and the acceptance scripts with clients of three eras"
	@echo "make bench            measure: prints a table (ONLY=name,… picks measurements)"
	@echo "make dist             a bundle in dist/ that installs without a network (BINARY=… takes a built program)"
	@echo "make setup            only install what is missing (quick when nothing is)"
	@echo "make clean            remove builds; .roost (environments) and roost-data (your models) stay"

setup:
	@scripts/setup

run:
	@scripts/run

test:
	@scripts/test

test-all:
	@scripts/test --all

test-eras:
	@scripts/test-eras

bench:
	@scripts/bench

dist:
	@scripts/dist

clean:
	rm -rf .build .pytest_cache
	find Tests examples Benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
