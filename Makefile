# Each target is a script in scripts/. `make help` lists them.
.DEFAULT_GOAL := help
.PHONY: help up demo down test soak bench bench-data build fmt lint clean example-vendure

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## build everything, start a private PostgreSQL with the demo shop and the shim (PORT=8080)
	@scripts/up

demo: ## the same, filled with a season of data (VISITS=40000)
	@scripts/demo

down: ## stop both, keep the data
	@scripts/down

test: ## every test, as .ci/run does
	@scripts/test

soak: ## long runs, for hours: random lives (LIVES=10000), 50 crashes under load, a million orders in one backend
	@scripts/soak

bench: ## measure: every ratio from one run on one private cluster
	@scripts/bench

bench-data: ## fill the private server with ten million visits for bench's reports (VISITS=10000000)
	@scripts/bench-data

build: ## build the release and install the extension into PostgreSQL 15
	@scripts/setup
	@scripts/build

fmt: ## format the Rust sources
	@cargo fmt --all

lint: ## check formatting and lints
	@scripts/lint

example-vendure: ## run a real Vendure from npm, its orders credited
	@scripts/example-vendure

clean: ## stop both and delete .local with the demo's data
	@scripts/clean
