"""The tables of people, and of what the installation knows of itself, as peewee models; see `storage.models`."""

from __future__ import annotations

import peewee


class Flag(peewee.SmallIntegerField):
    """0 or 1 in the database, on both; a bool here."""

    def db_value(self, value: object) -> int | None:
        """0 or 1."""
        return None if value is None else int(bool(value))

    def python_value(self, value: int | None) -> bool | None:
        """The bool."""
        return None if value is None else bool(value)


class Setting(peewee.Model):
    """What the installation knows of itself: its id and key, the next number, the directory's version."""

    name = peewee.TextField(primary_key=True)
    value = peewee.TextField()


class Employee(peewee.Model):
    """One employee."""

    id = peewee.BigAutoField()
    name = peewee.TextField()
    email1 = peewee.TextField()
    email2 = peewee.TextField(default="")
    active = Flag(default=True)
    privileges = peewee.TextField(default="Full")
    mail_option = peewee.TextField(default="manager")


class Account(peewee.Model):
    """One customer account."""

    id = peewee.BigAutoField()
    name = peewee.TextField()
    name_key = peewee.TextField(unique=True)
    email1 = peewee.TextField(default="")
    email2 = peewee.TextField(default="")
    manager = peewee.ForeignKeyField(Employee, null=True)


class AccountDomain(peewee.Model):
    """A mail domain that belongs to an account."""

    account = peewee.ForeignKeyField(Account)
    domain = peewee.TextField()

    class Meta:
        """Names and keys."""

        table_name = "account_domain"
        primary_key = peewee.CompositeKey("account", "domain")


class Contact(peewee.Model):
    """One person of an account."""

    id = peewee.BigAutoField()
    account = peewee.ForeignKeyField(Account)
    name = peewee.TextField()
    email1 = peewee.TextField()
    email2 = peewee.TextField(default="")
    main = Flag(default=False)
