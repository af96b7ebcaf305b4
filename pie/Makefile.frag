# What to build is cargo's business: it is asked every time.
.PHONY: ecs-cargo-build
ecs-cargo-build:
	cd "$(ECS_ROOT)" && PHP="$(ECS_PHP)" PHP_CONFIG="$(ECS_PHP_CONFIG)" CARGO_TARGET_DIR="$(abspath $(top_builddir))/cargo" \
		"$(CARGO)" build --release --locked --package exchange-contact-sync

$(phplibdir)/exchange_contact_sync.so: ecs-cargo-build
	mkdir -p $(phplibdir)
	cp "$(abspath $(top_builddir))/cargo/release/libexchange_contact_sync.so" $@
