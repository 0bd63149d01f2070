"""Checks a log, exported or in its database, without trusting the service: all that an auditor needs, as one file.

Modules of this room import each other, the standard library and `cryptography`, and nothing else of Leadledger; psycopg
where a database is PostgreSQL. `service.evidence.verifier_file` makes one file of them.
"""
