-- What the writer's connection has for itself, made when it opens.

-- Where an import lays out its accounts before they are compared with the table.
CREATE TEMP TABLE incoming (
  id TEXT PRIMARY KEY NOT NULL, xml_path, pack_count, last_modified, status, failure_count, last_error,
  completed_at, cards_found, stars_total, keep_count, metadata, secrets, change TEXT
) WITHOUT ROWID;
