"""People as IAP asserts them; no passwords."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from activations.domain.permissions import NO_PERMISSIONS, Permissions
from activations.models.quick_rows import QuickRows


class UserManager(BaseUserManager["User"]):
    """Looks people up; only the identity layer creates rows."""


class User(QuickRows, AbstractBaseUser):
    """One person, keyed by IAP's stable subject; the address may change.

    Permissions are not stored: they are determined for each request from the configured
    principals (see :attr:`permissions`), so that leaving a group removes the permissions.
    """

    password = None  # type: ignore[assignment]  # Django's way to drop an inherited column
    last_login = None  # people are identified for each request, nobody signs in

    subject = models.CharField(max_length=255, unique=True)
    email = models.CharField("e-mail", max_length=254, db_index=True)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "subject"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    # Set for the person of a request; not columns.
    find_permissions: Callable[[], Permissions] = staticmethod(lambda: NO_PERMISSIONS)
    _permissions: Permissions | None = None

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(name="user_has_subject", condition=~Q(subject="")),
            models.CheckConstraint(name="user_has_email", condition=~Q(email="")),
        ]

    def __str__(self) -> str:
        return self.email

    @property
    def permissions(self) -> Permissions:
        """This person's permissions, looked up at most once per request."""
        if self._permissions is None:
            self._permissions = self.find_permissions()
        return self._permissions

    @property
    def is_staff(self) -> bool:
        return self.permissions.sees_admin

    @property
    def is_superuser(self) -> bool:
        """Always False: not even administrators may edit evidence."""
        return False

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return perm in self.permissions.names

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.permissions.names)
