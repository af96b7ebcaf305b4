dnl Lets PIE (and plain phpize && ./configure && make && make install) build the extension with cargo.

PHP_ARG_ENABLE([exchange_contact_sync],
  [whether to enable exchange_contact_sync],
  [AS_HELP_STRING([--enable-exchange_contact_sync], [Enable exchange_contact_sync])],
  [yes])

if test "$PHP_EXCHANGE_CONTACT_SYNC" != "no"; then
  AC_PATH_PROG([CARGO], [cargo], [no], [$PATH:$HOME/.cargo/bin])
  if test "$CARGO" = "no"; then
    AC_MSG_ERROR([cargo is missing. The extension is written in Rust and needs Rust 1.93 or newer: https://rustup.rs])
  fi

  dnl This file lies in pie/, the sources beside it. PIE may run phpize in a copy of the whole package only.
  ECS_ROOT=`cd "$srcdir/.." && pwd`
  if test ! -f "$ECS_ROOT/Cargo.toml"; then
    AC_MSG_ERROR([Cargo.toml is not in $ECS_ROOT: config.m4 must stay in the package's folder pie])
  fi

  dnl ext-php-rs reads headers and version of exactly the PHP that phpize belongs to.
  ECS_PHP_CONFIG="$PHP_CONFIG"
  if test -z "$ECS_PHP_CONFIG" || test "$ECS_PHP_CONFIG" = "no"; then
    ECS_PHP_CONFIG="php-config"
  fi
  dnl It wants a path, not a name.
  ECS_PHP_CONFIG=`command -v "$ECS_PHP_CONFIG"`
  ECS_PHP=`"$ECS_PHP_CONFIG" --php-binary`

  PHP_SUBST([CARGO])
  PHP_SUBST([ECS_ROOT])
  PHP_SUBST([ECS_PHP])
  PHP_SUBST([ECS_PHP_CONFIG])
  PHP_MODULES="$PHP_MODULES \$(phplibdir)/exchange_contact_sync.so"
  PHP_SUBST([PHP_MODULES])
  PHP_ADD_MAKEFILE_FRAGMENT([$srcdir/Makefile.frag], [$srcdir])
fi
