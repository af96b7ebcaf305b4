# make help says what there is.

CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR

EXTENSION := $(CARGO_TARGET_DIR)/release/libexchange_contact_sync.so
SIMULATOR := $(CARGO_TARGET_DIR)/release/exchange-simulator

.PHONY: help setup build simulator install test soak demo bench clean

help:
	@echo 'make build       the extension: $(EXTENSION)'
	@echo 'make install     copies it to the extension directory of php and enables it (as root)'
	@echo 'make test        every check; make test ONLY="phpt phpunit" runs some (scripts/test --list)'
	@echo 'make soak        random histories and killed processes until it is stopped; MINUTES=30 for so long'
	@echo 'make demo        two address books become one, told on the terminal; KIND=graph over Microsoft Graph; KEEP=1 leaves it running'
	@echo 'make bench       measures pulls, idle rounds and pushes beside a floor; KIND=graph; SIZES=1000,100000'
	@echo 'make simulator   the little Exchange for tests: $(SIMULATOR)'
	@echo 'make clean       removes what was built'

setup:
	@scripts/setup build

build: setup
	cargo build --release

simulator: setup
	cargo build --release --package exchange-simulator

install: build
	@scripts/install "$(EXTENSION)"

test:
	@scripts/setup test
	@scripts/test $(ONLY)

soak:
	@scripts/setup test
	@scripts/soak $(MINUTES)

demo:
	@scripts/setup test
	cargo build --release --workspace
	@EXTENSION="$(EXTENSION)" SIMULATOR="$(SIMULATOR)" KIND="$(KIND)" KEEP="$(KEEP)" scripts/demo

bench:
	@scripts/setup test
	cargo build --release --workspace
	@EXTENSION="$(EXTENSION)" SIMULATOR="$(SIMULATOR)" KIND="$(KIND)" scripts/bench

clean:
	@for dir in .build/soak/mariadb .build/mariadb .build/mariadb-beside .build/demo/mariadb .build/bench/mariadb; do scripts/mariadb stop "$$dir"; done
	cargo clean
	rm -rf .build
