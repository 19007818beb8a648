-- What happens to the tables when a lease is granted or settled, written once, for one
-- row. The writer's connection makes these when it opens; a batch then is one INSERT
-- into such a view for each kind of change. (Why there is no `IN (…)`: see migration 0001.)

-- The leases of the batch that are refused, since their pool has settled the account.
CREATE TEMP TABLE refused (token INTEGER PRIMARY KEY, state TEXT NOT NULL);

-- `since`: final outcomes that aren't younger are no obstacle.
CREATE TEMP VIEW granting (account, token, pool, since, expires_at, launch, group_name, instance, routine,
                           generation, leased_at)
  AS SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL;

CREATE TEMP TRIGGER grant_lease INSTEAD OF INSERT ON granting BEGIN
  INSERT INTO refused (token, state)
    SELECT NEW.token, state FROM outcomes
    WHERE pool = NEW.pool AND account = NEW.account AND state <> 'retry' AND settled_at > NEW.since;
  -- A lease that has expired is taken over; what its account was before it stays known.
  INSERT INTO leases (account, token, pool, launch, group_name, instance, routine, generation,
                      prior_status, leased_at, expires_at)
    SELECT NEW.account, NEW.token, NEW.pool, NEW.launch, NEW.group_name, NEW.instance, NEW.routine,
           NEW.generation, (SELECT status FROM accounts WHERE id = NEW.account), NEW.leased_at, NEW.expires_at
    WHERE NOT EXISTS (SELECT 1 FROM refused WHERE token = NEW.token)
    ON CONFLICT (account) DO UPDATE SET
      token = excluded.token, pool = excluded.pool, launch = excluded.launch,
      group_name = excluded.group_name, instance = excluded.instance, routine = excluded.routine,
      generation = excluded.generation, leased_at = excluded.leased_at, expires_at = excluded.expires_at;
  UPDATE accounts SET status = 'in_use'
    WHERE id = NEW.account AND NOT EXISTS (SELECT 1 FROM refused WHERE token = NEW.token);
END;

-- `started` is NULL when the routine never ran; `settled` is `settled_at` as people read it.
CREATE TEMP VIEW settling (account, pool, outcome, failures, error, started, ended, result, cards, stars, keep,
                           launch, group_name, instance, routine, generation, settled_at, settled)
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
    completed_at = CASE NEW.outcome WHEN 'completed' THEN NEW.settled ELSE completed_at END,
    cards_found = coalesce(NEW.cards, cards_found),
    stars_total = coalesce(NEW.stars, stars_total),
    keep_count = coalesce(NEW.keep, keep_count)
  WHERE id = NEW.account;
  DELETE FROM leases WHERE account = NEW.account;
  -- An account that is returned leaves no outcome in its pool.
  INSERT INTO outcomes (pool, account, state, failures, settled_at)
    SELECT NEW.pool, NEW.account, CASE NEW.outcome WHEN 'retried' THEN 'retry' ELSE NEW.outcome END,
           NEW.failures, NEW.settled_at WHERE NEW.outcome <> 'returned'
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
