"""Groups that are members of eligible bindings, and the groups inside them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class IndexedGroup(models.Model):
    """A group and when its members were read; each group is replaced as a whole.

    A group that cannot be read (403 or 404) has no members and a warning. When Google does not answer, the
    members of the last reading stay. `reached_in` and `expanded_in` are the ids of the latest refreshes
    that found the group below an eligible binding, and that went on to the groups inside it.
    """

    email = models.CharField(max_length=254, unique=True)
    read_at = models.DateTimeField(null=True, blank=True)
    is_readable = models.BooleanField(default=True)
    warning = models.CharField(max_length=500, blank=True)
    reached_in = models.BigIntegerField(null=True, blank=True)
    expanded_in = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[models.Manager[IndexedGroup]] = models.Manager()

    class Meta:
        verbose_name = "group"
        indexes = [
            models.Index(name="group_by_age", fields=["read_at"]),
            models.Index(name="group_to_expand", fields=["reached_in", "expanded_in"]),
        ]

    def __str__(self) -> str:
        return self.email


class IndexedGroupMember(models.Model):
    """A direct member of a group, in lower case; `type` and `status` as the Directory API gives them."""

    group = models.ForeignKey(IndexedGroup, on_delete=models.CASCADE, related_name="members")
    email = models.CharField(max_length=254, blank=True)
    type = models.CharField(max_length=16)
    status = models.CharField(max_length=32, blank=True)
    account_id = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager[IndexedGroupMember]] = models.Manager()

    class Meta:
        verbose_name = "group member"
        indexes = [
            models.Index(name="group_member_by_group", fields=["group", "type"]),
            models.Index(name="group_member_by_email", fields=["email"]),
        ]

    def __str__(self) -> str:
        return self.email or self.type


class IncomingGroupMember(models.Model):
    """A member of a group that is still being read; becomes an `IndexedGroupMember` with the last page."""

    group = models.ForeignKey(IndexedGroup, on_delete=models.CASCADE, related_name="+")
    email = models.CharField(max_length=254, blank=True)
    type = models.CharField(max_length=16)
    status = models.CharField(max_length=32, blank=True)
    account_id = models.CharField(max_length=64, blank=True)

    objects: ClassVar[models.Manager[IncomingGroupMember]] = models.Manager()

    class Meta:
        verbose_name = "incoming group member"

    def __str__(self) -> str:
        return self.email or self.type
