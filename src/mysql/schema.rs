//! Our own tables. They are named `ecs_…` and hold every foreign id as bytes.
//!
//! Ids of Exchange are indexed by their SHA-256, since they are case-sensitive and of any length.

/// The version of the tables. A change raises it here and at the end of [`CREATE`], and adds its steps to [`UPGRADES`].
pub(crate) const VERSION: u32 = 7;

/// The tables with a column `pair`.
pub(crate) const OF_PAIR: &[&str] = &[
    "ecs_match",
    "ecs_parked_keys",
    "ecs_parked",
    "ecs_conflicts",
    "ecs_held",
    "ecs_tombstones",
    "ecs_renames",
    "ecs_asked",
    "ecs_moves",
    "ecs_tries",
    "ecs_outbox",
    "ecs_attempts",
    "ecs_links",
    "ecs_activity",
];

/// The tables that all pairs share; they go last.
pub(crate) const OF_ALL: &[&str] = &["ecs_cache", "ecs_pairs", "ecs_schema"];

/// What leads from a version to the next one; the first entry leads from version 1 to 2.
pub(crate) const UPGRADES: &[&[&str]] = &[
    &[
        "ALTER TABLE ecs_activity ADD COLUMN back_off_class TINYINT UNSIGNED NULL",
        "ALTER TABLE ecs_activity ADD COLUMN failures INT UNSIGNED NOT NULL DEFAULT 0",
        "ALTER TABLE ecs_pairs ADD COLUMN checks_versions TINYINT UNSIGNED NULL",
        "ALTER TABLE ecs_pairs ADD COLUMN had_triggers TINYINT UNSIGNED NOT NULL DEFAULT 0",
    ],
    &["ALTER TABLE ecs_pairs ADD COLUMN passed DATETIME(6) NULL"],
    &["ALTER TABLE ecs_links ADD COLUMN computed BINARY(32) NULL"],
    // A new table, `ecs_cache`, which `CREATE` makes.
    &[],
    // And another one, `ecs_moves`.
    &[],
    &["ALTER TABLE ecs_activity ADD COLUMN trouble TINYINT UNSIGNED NOT NULL DEFAULT 1"],
];

/// The statements that make the tables where they are missing.
pub(crate) const CREATE: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS ecs_schema (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  version INT UNSIGNED NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_cache (
  name VARBINARY(64) NOT NULL PRIMARY KEY,
  value MEDIUMBLOB NOT NULL,
  valid_until DATETIME(6) NOT NULL
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_pairs (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  name VARBINARY(700) NOT NULL,
  database_name VARBINARY(256) NOT NULL,
  table_name VARBINARY(256) NOT NULL,
  server VARBINARY(512) NOT NULL,
  mailbox VARBINARY(1024) NOT NULL,
  folder BLOB NOT NULL,
  bound BINARY(32) NULL,
  bound_kind VARBINARY(32) NULL,
  bound_server VARBINARY(512) NULL,
  bound_mailbox VARBINARY(1024) NULL,
  bound_folder MEDIUMBLOB NULL,
  cursor_kind VARBINARY(32) NULL,
  cursor_text LONGBLOB NULL,
  cursor_hash BINARY(32) NULL,
  generation BIGINT UNSIGNED NOT NULL DEFAULT 0,
  pass_complete TINYINT UNSIGNED NOT NULL DEFAULT 0,
  passed DATETIME(6) NULL,
  paired TINYINT UNSIGNED NOT NULL DEFAULT 0,
  unlinked_noted TINYINT UNSIGNED NOT NULL DEFAULT 0,
  mapping BINARY(32) NULL,
  last_pull DATETIME(6) NULL,
  slice_row VARBINARY(1536) NULL,
  slice_link BIGINT UNSIGNED NOT NULL DEFAULT 0,
  checks_versions TINYINT UNSIGNED NULL,
  had_triggers TINYINT UNSIGNED NOT NULL DEFAULT 0,
  UNIQUE KEY ecs_pair_name (name),
  UNIQUE KEY ecs_pair_bound (bound)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_activity (
  pair INT UNSIGNED NOT NULL PRIMARY KEY,
  last_push DATETIME(6) NULL,
  back_off_until DATETIME(6) NULL,
  back_off_reason BLOB NULL,
  back_off_class TINYINT UNSIGNED NULL,
  failures INT UNSIGNED NOT NULL DEFAULT 0,
  trouble TINYINT UNSIGNED NOT NULL DEFAULT 1
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_links (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  pair INT UNSIGNED NOT NULL,
  row_key VARBINARY(1536) NOT NULL,
  state TINYINT UNSIGNED NOT NULL,
  item MEDIUMBLOB NULL,
  item_hash BINARY(32) NULL,
  change_key MEDIUMBLOB NULL,
  base MEDIUMBLOB NOT NULL,
  version BIGINT UNSIGNED NOT NULL,
  confirmed BIGINT UNSIGNED NOT NULL,
  seen TINYINT UNSIGNED NOT NULL,
  generation BIGINT UNSIGNED NOT NULL,
  item_since DATETIME(6) NULL,
  computed BINARY(32) NULL,
  UNIQUE KEY ecs_link_row (pair, row_key),
  UNIQUE KEY ecs_link_item (pair, item_hash),
  KEY ecs_link_state (pair, state, seen, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_attempts (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  pair INT UNSIGNED NOT NULL,
  link BIGINT UNSIGNED NOT NULL,
  stamp VARBINARY(128) NOT NULL,
  at DATETIME(6) NOT NULL,
  failed TINYINT UNSIGNED NOT NULL DEFAULT 0,
  UNIQUE KEY ecs_attempt_stamp (pair, stamp),
  KEY ecs_attempt_link (link)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_outbox (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  pair INT UNSIGNED NOT NULL,
  row_key VARBINARY(1536) NOT NULL,
  at DATETIME(6) NOT NULL,
  KEY ecs_outbox_row (pair, row_key)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_tries (
  pair INT UNSIGNED NOT NULL,
  row_key VARBINARY(1536) NOT NULL,
  tries INT UNSIGNED NOT NULL,
  PRIMARY KEY (pair, row_key)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_renames (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  pair INT UNSIGNED NOT NULL,
  old_key VARBINARY(1536) NOT NULL,
  new_key VARBINARY(1536) NOT NULL,
  KEY ecs_rename_pair (pair, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_tombstones (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  pair INT UNSIGNED NOT NULL,
  link BIGINT UNSIGNED NOT NULL,
  row_key VARBINARY(1536) NOT NULL,
  item MEDIUMBLOB NULL,
  item_hash BINARY(32) NULL,
  for_deletion TINYINT UNSIGNED NOT NULL,
  at DATETIME(6) NOT NULL,
  KEY ecs_tombstone_item (pair, item_hash),
  KEY ecs_tombstone_at (pair, at)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_held (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  pair INT UNSIGNED NOT NULL,
  side TINYINT UNSIGNED NOT NULL,
  subject BINARY(32) NOT NULL,
  row_key VARBINARY(1536) NULL,
  item MEDIUMBLOB NULL,
  item_hash BINARY(32) NULL,
  kind TINYINT UNSIGNED NOT NULL,
  reason MEDIUMBLOB NOT NULL,
  contact MEDIUMBLOB NOT NULL,
  tries INT UNSIGNED NOT NULL,
  since DATETIME(6) NOT NULL,
  tried DATETIME(6) NOT NULL,
  UNIQUE KEY ecs_held_subject (pair, side, subject),
  KEY ecs_held_row (pair, row_key),
  KEY ecs_held_item (pair, item_hash)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_conflicts (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  pair INT UNSIGNED NOT NULL,
  row_key VARBINARY(1536) NOT NULL,
  property VARBINARY(64) NULL,
  row_value MEDIUMBLOB NULL,
  item_value MEDIUMBLOB NULL,
  base_value MEDIUMBLOB NULL,
  kept TINYINT UNSIGNED NULL,
  at DATETIME(6) NOT NULL,
  acknowledged DATETIME(6) NULL,
  KEY ecs_conflict_open (pair, acknowledged, id)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_parked (
  pair INT UNSIGNED NOT NULL,
  item_hash BINARY(32) NOT NULL,
  item MEDIUMBLOB NOT NULL,
  PRIMARY KEY (pair, item_hash)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_parked_keys (
  pair INT UNSIGNED NOT NULL,
  kind TINYINT UNSIGNED NOT NULL,
  print BIGINT UNSIGNED NOT NULL,
  item_hash BINARY(32) NOT NULL,
  PRIMARY KEY (pair, kind, print, item_hash),
  KEY ecs_parked_item (pair, item_hash)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_match (
  pair INT UNSIGNED NOT NULL,
  kind TINYINT UNSIGNED NOT NULL,
  print BIGINT UNSIGNED NOT NULL,
  row_key VARBINARY(1536) NOT NULL,
  link BIGINT UNSIGNED NULL,
  PRIMARY KEY (pair, kind, print, row_key)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_asked (
  pair INT UNSIGNED NOT NULL,
  kind TINYINT UNSIGNED NOT NULL,
  link BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (pair, kind, link)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "CREATE TABLE IF NOT EXISTS ecs_moves (
  pair INT UNSIGNED NOT NULL,
  old_hash BINARY(32) NOT NULL,
  kind VARBINARY(32) NOT NULL,
  item MEDIUMBLOB NULL,
  item_hash BINARY(32) NULL,
  found_by TINYINT UNSIGNED NOT NULL,
  listed TINYINT UNSIGNED NOT NULL,
  PRIMARY KEY (pair, old_hash),
  KEY ecs_move_item (pair, item_hash)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET=utf8mb4",
    "INSERT IGNORE INTO ecs_schema (id, version) VALUES (1, 7)",
];
