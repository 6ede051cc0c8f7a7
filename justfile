# `just` lists these; each is a script that also runs without just.

_default:
    @just --list --unsorted

# Two businesses, four services, a simulated carrier, fifty calls
demo *ARGS:
    ./scripts/demo {{ARGS}}

# Every test, or those that nextest's arguments choose
test *ARGS:
    ./scripts/test {{ARGS}}

# The console in a browser, or the tests of it that playwright's arguments choose
test-console *ARGS:
    ./scripts/test-console {{ARGS}}

# The console as it is written, on a gateway that runs (CALLBOARD_API, by default port 8080)
console:
    cd crates/api-gateway/console && npm ci && npm run dev

# Formatting, scripts, dependencies, clippy
lint:
    ./scripts/lint

# The dialer on the workloads that others were measured with: W1, W2, W3, W4
bench *ARGS:
    ./scripts/bench {{ARGS}}

# A fault campaign against the promises: --minutes N --seed S, or --teeth to see whether its judge finds planted bugs
chaos *ARGS:
    ./scripts/chaos {{ARGS}}

# The API against a property-based fuzzer, by its own document: minutes, --seed N
fuzz *ARGS:
    ./scripts/fuzz-api {{ARGS}}

# The documents of the API and the events against a linter
lint-api:
    ./scripts/lint-api

# Migrations against the rules of a release: expand first, contract later
lint-migrations:
    ./scripts/lint-migrations

# Bills of materials of the programs and the console, CycloneDX, in target/sbom
sbom *ARGS:
    ./scripts/sbom {{ARGS}}

# 2,000 leads while every service is restarted twice, beside the same run undisturbed
rolling-restart *ARGS:
    ./scripts/rolling-restart {{ARGS}}

# A dump, restored into a new PostgreSQL cluster and verified there
backup-drill:
    ./scripts/backup-drill

# What a change has to pass
ci:
    ./.ci/run

# Format everything
fmt:
    cargo fmt --all

# PostgreSQL and RabbitMQ that stay up between test runs: start, stop, restart, status
servers VERB="start":
    ./scripts/dev-servers {{VERB}}

# Bring the database of DATABASE_URL up to date
migrate *ARGS:
    cargo run --quiet --bin callboard -- migrate {{ARGS}}

# Write what is generated: the tables of storage, the events' documents, the OpenAPI document
generate:
    ./scripts/schema
    cargo run --quiet --bin callboard -- docs
    UPDATE_DOCS=1 ./scripts/test -p api-gateway -E 'binary(openapi)'

# The documentation of our own crates
docs:
    cargo doc --workspace --no-deps --document-private-items --open
