"""A process of its own that uses a key as often as it can: `python -m tests.verification.quota_spender PATH KEY QUOTA`.

It writes a line for each request that was let in, and ends at the first refusal.
"""

import os
import sys
from pathlib import Path

from portal.clock import now, to_milliseconds
from portal.policy.limits import Quota
from portal.verification.quota_sqlite import SqliteQuotas


def main() -> None:
    path, key_id, quota = sys.argv[1:]
    quotas, rules = SqliteQuotas(Path(path)), [Quota.read(quota)]
    while quotas.spend(int(key_id), rules, to_milliseconds(now())).reason is None:
        os.write(1, b"+\n")


if __name__ == "__main__":
    main()
