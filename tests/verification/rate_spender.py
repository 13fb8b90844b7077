"""A process of its own that uses a key many times: `python -m tests.verification.rate_spender URL RATE TIMES`.

It prints how many requests were let in.
"""

import sys

from portal.clock import now, to_milliseconds
from portal.policy.limits import Rate
from portal.verification.rates_redis import RatesInRedis


def main() -> None:
    url, rate, times = sys.argv[1:]
    rates, rules = RatesInRedis(url, "test"), [Rate.read(rate)]
    reasons = [rates.spend(7, rules, to_milliseconds(now())).reason for _ in range(int(times))]
    sys.stdout.write(f"{reasons.count(None)}\n")


if __name__ == "__main__":
    main()
