"""What `usage/statements.py` says to SQLite, in the words of PostgreSQL.

Here two flushes run at once, and each row that one has written makes the other wait: all write their rows in the order
of the primary key, so that no two wait for each other. And a statement may meet no row twice, so equal rows are added
up before: two paths become one when the tokens in them are taken out.
"""

ADD_CALLS = """
    INSERT INTO access (minute, fold, key_id, owner_id, address, method, resource, reason, calls)
    SELECT (value->>0)::bigint AS minute, decode(value->>1, 'hex') AS fold, min((value->>2)::bigint),
           min((value->>3)::bigint), min(value->>4), min(value->>5), min(value->>6), min(value->>7),
           sum((value->>8)::bigint)
    FROM json_array_elements(%s::json)
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (minute, fold) DO UPDATE SET calls = access.calls + excluded.calls
"""
ADD_HOURS = """
    INSERT INTO usage_hour (key_id, hour, calls, refused)
    SELECT (value->>0)::bigint, (value->>1)::bigint, (value->>2)::bigint, (value->>3)::bigint
    FROM json_array_elements(%s::json)
    ORDER BY 1, 2
    ON CONFLICT (key_id, hour) DO UPDATE SET
        calls = usage_hour.calls + excluded.calls, refused = usage_hour.refused + excluded.refused
"""
SET_LAST_USED_APART = """
    INSERT INTO {table} (digest, key_id, at, address, calls)
    SELECT decode(value->>0, 'hex'), (value->>1)::bigint, (value->>2)::bigint, value->>3, (value->>4)::bigint
    FROM json_array_elements(%s::json)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = (value->>1)::bigint AND key.hidden_at IS NULL)
    ORDER BY 1
    ON CONFLICT (digest) DO UPDATE SET
        calls = {table}.calls + excluded.calls, at = greatest({table}.at, excluded.at),
        address = CASE WHEN excluded.at >= {table}.at THEN excluded.address ELSE {table}.address END
"""
ADD_REFUSALS = """
    INSERT INTO refusal (key_id, fold, first_at, at, reason, address, method, resource, calls)
    SELECT (value->>0)::bigint, decode(value->>1, 'hex'), (value->>2)::bigint, (value->>2)::bigint, value->>3,
           value->>4, value->>5, value->>6, (value->>7)::bigint
    FROM json_array_elements(%s::json)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = (value->>0)::bigint AND key.hidden_at IS NULL)
    ORDER BY 1, 2
    ON CONFLICT (key_id, fold) DO UPDATE SET
        at = greatest(refusal.at, excluded.at), calls = refusal.calls + excluded.calls
    RETURNING key_id
"""
SEE_PLACES = """
    INSERT INTO {table} (key_id, {place}, first_at, last_at)
    SELECT (value->>0)::bigint, value->>1, (value->>2)::bigint, (value->>3)::bigint
    FROM json_array_elements(%s::json)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = (value->>0)::bigint AND key.hidden_at IS NULL)
    ORDER BY 1, 2
    ON CONFLICT (key_id, {place}) DO UPDATE SET last_at = excluded.last_at
        WHERE excluded.last_at >= {table}.last_at + 3600000
    RETURNING key_id
"""
TRIM = """
    DELETE FROM {table} WHERE (key_id, {place}) IN (
        SELECT key_id, {place} FROM (
            SELECT {table}.key_id, {place}, row_number() OVER (
                PARTITION BY {table}.key_id ORDER BY {table}.{at} DESC, {place}
            ) AS number
            FROM json_array_elements_text(%s::json) AS asked JOIN {table} ON {table}.key_id = asked.value::bigint
        ) AS numbered WHERE number > {most}
    )
"""
SET_LAST_USED = """
    INSERT INTO key_last_used (key_id, at, address, used)
    SELECT (value->>0)::bigint, (value->>1)::bigint, value->>2, true
    FROM json_array_elements(%s::json)
    WHERE EXISTS (SELECT 1 FROM key WHERE key.id = (value->>0)::bigint AND key.hidden_at IS NULL)
    ORDER BY 1
    ON CONFLICT (key_id) DO UPDATE SET at = excluded.at, address = excluded.address, used = true
        WHERE excluded.at >= key_last_used.at OR NOT key_last_used.used
"""
# Which batches the last transaction of a storer stored.
KEEP_BATCHES = """
    INSERT INTO usage_batch (spool, names) VALUES (%s, %s) ON CONFLICT (spool) DO UPDATE SET names = excluded.names
"""
KEPT_BATCHES = "SELECT names FROM usage_batch WHERE spool = %s"
