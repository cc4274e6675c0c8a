"""Weeks of a service team's mail in a few minutes: the real stages and store, time and people simulated, seeded.

`world` makes the people, `actors` what they write, `post` carries it, `oracle` says from the rows alone who must get
it, and `judge` compares. `python -m tests.simulation --mails 20000` runs the long form, `test_simulation` a short one.
"""
