-- What happens to the tables when a lease is granted or settled, written once, for one
-- row. The writer's connection makes these when it opens; a batch then is one INSERT
-- into such a view for each kind of change. (Why there is no `IN (…)`: see migration 0001.)

CREATE TEMP VIEW granting (account, token, pool, launch, group_name, instance, routine,
                           generation, leased_at, expires_at)
  AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

CREATE TEMP TRIGGER grant_lease INSTEAD OF INSERT ON granting BEGIN
  -- A lease that has expired is taken over; what its account was before it stays known.
  INSERT INTO leases (account, token, pool, launch, group_name, instance, routine, generation,
                      prior_status, leased_at, expires_at)
    VALUES (NEW.account, NEW.token, NEW.pool, NEW.launch, NEW.group_name, NEW.instance, NEW.routine,
            NEW.generation, (SELECT status FROM accounts WHERE id = NEW.account), NEW.leased_at, NEW.expires_at)
    ON CONFLICT (account) DO UPDATE SET
      token = excluded.token, pool = excluded.pool, launch = excluded.launch,
      group_name = excluded.group_name, instance = excluded.instance, routine = excluded.routine,
      generation = excluded.generation, leased_at = excluded.leased_at, expires_at = excluded.expires_at;
  UPDATE accounts SET status = 'in_use' WHERE id = NEW.account;
END;

-- `state` is what the pool remembers, NULL when nothing; `started` is NULL when the
-- routine never ran.
CREATE TEMP VIEW settling (account, pool, outcome, state, failures, error, settled_at, launch, group_name,
                           instance, routine, generation, started, ended, result, cards, stars, keep)
  AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            NULL, NULL;

CREATE TEMP TRIGGER settle_lease INSTEAD OF INSERT ON settling BEGIN
  UPDATE accounts SET
    status = CASE WHEN NEW.outcome = 'completed' OR NEW.outcome = 'failed' OR NEW.outcome = 'skipped'
             THEN NEW.outcome ELSE coalesce(nullif((SELECT prior_status FROM leases WHERE account = NEW.account), 'in_use'),
                           'available') END,
    failure_count = failure_count + (NEW.outcome = 'failed' OR NEW.outcome = 'retried'),
    last_error = CASE NEW.outcome WHEN 'completed' THEN NULL WHEN 'returned' THEN last_error
                 ELSE NEW.error END,
    completed_at = CASE NEW.outcome
                   WHEN 'completed' THEN strftime('%Y-%m-%dT%H:%M:%SZ', NEW.settled_at / 1000, 'unixepoch')
                   ELSE completed_at END,
    cards_found = coalesce(NEW.cards, cards_found),
    stars_total = coalesce(NEW.stars, stars_total),
    keep_count = coalesce(NEW.keep, keep_count)
  WHERE id = NEW.account;
  DELETE FROM leases WHERE account = NEW.account;
  INSERT INTO outcomes (pool, account, state, failures, settled_at)
    SELECT NEW.pool, NEW.account, NEW.state, NEW.failures, NEW.settled_at WHERE NEW.state IS NOT NULL
    ON CONFLICT (pool, account) DO UPDATE SET
      state = excluded.state, failures = excluded.failures, settled_at = excluded.settled_at;
  INSERT INTO attempts (launch, group_name, instance, account, pool, routine, generation, started, ended,
                        outcome, error, result)
    SELECT NEW.launch, NEW.group_name, NEW.instance, NEW.account, NEW.pool, NEW.routine, NEW.generation,
           NEW.started, NEW.ended, NEW.outcome, NEW.error, NEW.result WHERE NEW.started IS NOT NULL;
END;

CREATE TEMP VIEW keeping (extension, key, value) AS SELECT NULL, NULL, NULL;

CREATE TEMP TRIGGER keep_value INSTEAD OF INSERT ON keeping BEGIN
  DELETE FROM kv WHERE NEW.value IS NULL AND extension = NEW.extension AND key = NEW.key;
  INSERT INTO kv (extension, key, value) SELECT NEW.extension, NEW.key, NEW.value WHERE NEW.value IS NOT NULL
    ON CONFLICT (extension, key) DO UPDATE SET value = excluded.value;
END;

-- Where an import lays out its accounts before they are compared with the table.
CREATE TEMP TABLE incoming (
  id TEXT PRIMARY KEY NOT NULL, xml_path, pack_count, last_modified, status, failure_count, last_error,
  completed_at, cards_found, stars_total, keep_count, metadata, secrets, change TEXT
) WITHOUT ROWID;
