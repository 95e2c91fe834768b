"""Server and guard in one process: what the doors of all frameworks are put together from.

Owns what such a server and its guard are given of one another, the lifespan of an application that
has one inside, and the loop beside the threads of one without a lifespan. Implements users.md U7,
U9 and U13. Frameworks, the names that people import and the order of their parts are the doors'.
"""
