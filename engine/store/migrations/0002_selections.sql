-- What each pool's last refresh selected, for a launch that is told not to refresh:
-- `selected_by` is the part of the definition that selects, `accounts` the ids in the
-- order to serve, one a line (an id has no line feed).
CREATE TABLE selections (
  pool        TEXT PRIMARY KEY NOT NULL,
  at          INTEGER NOT NULL,
  selected_by TEXT NOT NULL,
  accounts    TEXT NOT NULL
) STRICT;
