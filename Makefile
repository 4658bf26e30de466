# Thin on purpose: a target lets tools/setup.sh install what is missing, then runs one command.
# Every path is relative, so a folder with spaces or accents in its name does no harm.
.DEFAULT_GOAL := help
.PHONY: help setup setup-training run test lint bench train evaluate pin
SETUP := sh tools/setup.sh
PY := .venv/bin/python
export PYTHON

help: ## say what there is to type
	@echo "make run        set everything up and start the program (without a screen: the demonstration)"
	@echo "make test       set everything up, then format, lint, types and all tests"
	@echo "make lint       format, lint and types only"
	@echo "make bench      measure the program against its peers; ARGS=--window-only is the short form"
	@echo "make train      make the starter model (hours); make evaluate IN=reviews.jsonl OUT=replies.jsonl tries it"
	@echo "make setup      only set up, with what the tests need; make setup-training, with what training needs"
	@echo "make pin        write requirements/*.txt afresh (needs uv)"
	@echo "Each of them takes PYTHON=/path/to/python3 on its first run."

setup:
	@$(SETUP) dev

setup-training:
	@$(SETUP) training

run:
	@$(SETUP) run
	@sh tools/run.sh $(ARGS)

test:
	@$(SETUP) dev
	@sh tools/check.sh lint test $(ARGS)

lint:
	@$(SETUP) dev
	@sh tools/check.sh lint

bench:
	@$(SETUP) dev
	@$(PY) -m benchmarks $(ARGS)

train:
	@$(SETUP) training
	@$(PY) -m training.train $(ARGS)
	@$(PY) -m training.export

evaluate:
	@$(SETUP) run
	@$(PY) -m training.evaluate "$(IN)" "$(OUT)" $(ARGS)

pin:
	@sh tools/pin.sh $(ARGS)
