"""The statements of a flush, in the words of SQLite: each takes all its rows at once, as one JSON array of arrays."""

ADD_CALLS = """
    INSERT INTO access (minute, fold, key_id, owner_id, address, method, resource, reason, calls)
    SELECT json_extract(value, '$[0]'), from_hex(json_extract(value, '$[1]')), json_extract(value, '$[2]'),
           json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
           json_extract(value, '$[6]'), json_extract(value, '$[7]'), json_extract(value, '$[8]')
    FROM json_each(?) WHERE true
    ON CONFLICT (minute, fold) DO UPDATE SET calls = calls + excluded.calls
"""
ADD_HOURS = """
    INSERT INTO usage_hour (key_id, hour, calls, refused)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
           json_extract(value, '$[3]')
    FROM json_each(?) WHERE true
    ON CONFLICT (key_id, hour) DO UPDATE SET calls = calls + excluded.calls, refused = refused + excluded.refused
"""
# Which of two secrets of a rotated key is in use, and which secret stood in an address.
SET_LAST_USED_APART = """
    INSERT INTO {table} (digest, key_id, at, address, calls)
    SELECT from_hex(json_extract(value, '$[0]')), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
           json_extract(value, '$[3]'), json_extract(value, '$[4]')
    FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = json_extract(value, '$[1]') AND key.hidden_at IS NULL)
    ON CONFLICT (digest) DO UPDATE SET
        calls = calls + excluded.calls, at = max(at, excluded.at),
        address = CASE WHEN excluded.at >= at THEN excluded.address ELSE address END
"""
ADD_REFUSALS = """
    INSERT INTO refusal (key_id, fold, first_at, at, reason, address, method, resource, calls)
    SELECT json_extract(value, '$[0]'), from_hex(json_extract(value, '$[1]')), json_extract(value, '$[2]'),
           json_extract(value, '$[2]'), json_extract(value, '$[3]'), json_extract(value, '$[4]'),
           json_extract(value, '$[5]'), json_extract(value, '$[6]'), json_extract(value, '$[7]')
    FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = json_extract(value, '$[0]') AND key.hidden_at IS NULL)
    ON CONFLICT (key_id, fold) DO UPDATE SET at = max(at, excluded.at), calls = calls + excluded.calls
    RETURNING key_id
"""
# A place that was seen within the hour is left as it is: a key in steady use writes here once an hour.
SEE_PLACES = """
    INSERT INTO {table} (key_id, {place}, first_at, last_at)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
           json_extract(value, '$[3]')
    FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = json_extract(value, '$[0]') AND key.hidden_at IS NULL)
    ON CONFLICT (key_id, {place}) DO UPDATE SET last_at = excluded.last_at
        WHERE excluded.last_at >= last_at + 3600000
    RETURNING key_id
"""
# Of each of these keys, the newest so many rows stay.
TRIM = """
    DELETE FROM {table} WHERE (key_id, {place}) IN (
        SELECT key_id, {place} FROM (
            SELECT {table}.key_id, {place}, row_number() OVER (
                PARTITION BY {table}.key_id ORDER BY {table}.{at} DESC, {place}
            ) AS number
            FROM json_each(?) AS asked JOIN {table} ON {table}.key_id = asked.value
        ) WHERE number > {most}
    )
"""
# A key that is gone is passed over: one missing row must not hold up all others. So is one that was deleted.
SET_LAST_USED = """
    INSERT INTO key_last_used (key_id, at, address, used)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), true
    FROM json_each(?)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = json_extract(value, '$[0]') AND key.hidden_at IS NULL)
    ON CONFLICT (key_id) DO UPDATE SET at = excluded.at, address = excluded.address, used = true
        WHERE excluded.at >= at OR NOT used
"""
# Which batches the last transaction of a storer stored.
KEEP_BATCHES = """
    INSERT INTO usage_batch (spool, names) VALUES (?, ?) ON CONFLICT (spool) DO UPDATE SET names = excluded.names
"""
KEPT_BATCHES = "SELECT names FROM usage_batch WHERE spool = ?"
