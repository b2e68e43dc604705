# `make run` serves Parlor on http://localhost:8080; `make test` checks all of it.
# A second call of either does only what has changed since.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := run
.DELETE_ON_ERROR:

WEB_SOURCES := $(shell find web -type d \( -name node_modules -o -name dist \) -prune \
	-o -type f ! -name '*.test.ts' -print 2>/dev/null)

.PHONY: run
run: web ## Build what changed and serve on http://localhost:8080
	cargo run --release --locked -p parlor -- serve

.PHONY: build
build: web ## Build the page and the release binary, target/release/parlor
	cargo build --release --locked -p parlor

.PHONY: web
web: setup web/dist/index.html

.PHONY: test
test: ## Every check, as continuous integration runs them
	@scripts/test

.PHONY: prove
prove: ## The long proof, about an hour; it writes docs/proof.md
	@scripts/prove

.PHONY: generate
generate: ## Write the files that are generated from the code
	cargo xtask generate
	PARLOR_WRITE_WALKS=1 cargo test --quiet -p parlor-testkit --test walks -- the_walks

.PHONY: help
help: ## This list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST)

.PHONY: setup
setup:
	@scripts/setup run

# npm writes this file itself, as the last thing of an installation.
%/node_modules/.package-lock.json: %/package-lock.json | setup
	scripts/with-node npm --prefix $* ci --ignore-scripts --no-audit --no-fund

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES) | setup
	scripts/with-node npm --prefix web run build
	@touch $@
