"""The outside world on loopback, in its real wire formats: a platform, a mailbox, the EU transparency database.

For development, tests and the demo. It runs in a process of its own, production code never imports it, and it imports
nothing of the product: what both sides know is only the wire. README.md says how to start and steer it.
"""
