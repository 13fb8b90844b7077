"""The cast: alice owns keys, bob is a colleague, charlie is a stranger, ada is an admin."""

ALICE = "alice@example.org"
BOB = "bob@example.org"
CHARLIE = "charlie@example.net"
ADA = "ada@example.org"
PASSWORD = "correct horse battery staple"
