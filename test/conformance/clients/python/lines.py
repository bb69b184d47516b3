"""The program's side of line-program.ts: one operation a line, one answer a line."""

import sys


def serve(version, put, get, list_keys):
    """Answers until the input ends. If an operation raises an error, answers in the client's own words."""
    operations = {
        "version": lambda: [version],
        "put": lambda key, body: put(key, body) and None,
        "get": lambda key: [get(key)],
        "list": lambda prefix: sorted(list_keys(prefix)),
    }
    for line in sys.stdin:
        operation, *arguments = line.rstrip("\n").split("\t")
        try:
            answer = ["ok", *(operations[operation](*arguments) or [])]
        except Exception as error:
            answer = ["error", " ".join(f"{type(error).__name__}: {error}".split())]
        print("\t".join(answer), flush=True)
