"""The ticket store: the only package with SQL. It knows no configuration file and parses no mail."""
