"""Runs in the clients' own Python: sets a client up, and tells what each expression gives or raises, as JSON."""

import json
import sys

setup, *expressions = json.load(sys.stdin)
names = {}
exec(setup, names)
answers = []
for expression in expressions:
    try:
        answers.append({"gives": eval(expression, names)})
    except Exception as error:  # noqa: BLE001
        answers.append({"raises": type(error).__name__, "says": str(error)})
json.dump(answers, sys.stdout, default=str)
