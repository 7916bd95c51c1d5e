# The commands of the project. Each is a few lines here and a script or a program elsewhere.

.DEFAULT_GOAL := help
.PHONY: help up down reset test fuzz bench simulate

help: ## List the commands
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do \
		printf '  make %-8s %s\n' "$$name" "$$text"; done

up: ## Install what is missing, build, and start the whole bank on this machine
	@scripts/install-run
	@scripts/build-web
	@cargo build --locked --workspace --bins --profile bank
	@./bulkhead up $(ARGS)

down: ## Stop the bank; its data stays
	@./bulkhead down

reset: ## Stop the bank and delete its data (.bulkhead/) and nothing else
	@./bulkhead reset

test: ## Run everything that a change must pass
	@scripts/test

fuzz: ## Send a small bank what its API documents allow and forbid, for about five minutes
	@scripts/fuzz $(ARGS)

bench: ## Measure the bank beside its yardsticks, ten minutes (ARGS="--help")
	@scripts/bench $(ARGS)

simulate: ## Search the protocol for violations (MINUTES=10), then the model and the mutants
	@scripts/simulate
