"""Organisations, persons and users, by what they are: `UserFactory(county_officer=True, division="340321")`."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from keqiao.people.enums import MEMBERS, OrganisationKind, Role
from keqiao.people.models import Organisation, Person, RoleGrant, User

PASSWORD = "Tq7#mLw29x"
"""The password of every made user; it passes the rules."""

GUZHEN = "340323"  # 固镇县 of 蚌埠市: the home of a made organisation and the area of a made county officer


class OrganisationFactory(DjangoModelFactory):
    """A verified enterprise in 固镇县; `institute=True` or `university=True` make it something else."""

    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"固镇县第{n}生物科技有限公司")
    kind = OrganisationKind.ENTERPRISE
    division_code = GUZHEN + "000000"
    is_verified = True

    class Params:
        institute = factory.Trait(
            kind=OrganisationKind.INSTITUTE, name=factory.Sequence(lambda n: f"蚌埠市第{n}农业科学研究所")
        )
        university = factory.Trait(
            kind=OrganisationKind.UNIVERSITY, name=factory.Sequence(lambda n: f"第{n}科技大学")
        )
        service = factory.Trait(
            kind=OrganisationKind.SERVICE, name=factory.Sequence(lambda n: f"第{n}技术转移服务有限公司")
        )


class PersonFactory(DjangoModelFactory):
    """A human being, without contact data."""

    class Meta:
        model = Person

    name = factory.Sequence(lambda n: f"王{chr(0x4E00 + n % 2000)}")


class UserFactory(DjangoModelFactory):
    """A user who may sign in with PASSWORD now. No role unless a trait says so.

    division: the area of an officer, registrar or auditor. roles: more roles at once.
    """

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(lambda n: f"李{chr(0x4E00 + n % 2000)}")
    must_change_password = False
    roles: tuple[str, ...] = ()
    division = ""

    class Params:
        enterprise = factory.Trait(
            roles=(Role.ENTERPRISE,), organisation=factory.SubFactory(OrganisationFactory)
        )
        institute = factory.Trait(
            roles=(Role.INSTITUTE,), organisation=factory.SubFactory(OrganisationFactory, institute=True)
        )
        broker = factory.Trait(
            roles=(Role.BROKER,), organisation=factory.SubFactory(OrganisationFactory, service=True)
        )
        expert = factory.Trait(
            roles=(Role.EXPERT,),
            organisation=factory.SubFactory(OrganisationFactory, university=True),
            person=factory.SubFactory(PersonFactory),
        )
        county_officer = factory.Trait(roles=(Role.COUNTY_OFFICER,), division=GUZHEN)
        bureau_officer = factory.Trait(roles=(Role.BUREAU_OFFICER,))
        registrar = factory.Trait(roles=(Role.REGISTRAR,))
        auditor = factory.Trait(roles=(Role.AUDITOR,))
        system_admin = factory.Trait(roles=(Role.SYSTEM_ADMIN,))
        security_admin = factory.Trait(roles=(Role.SECURITY_ADMIN,))
        audit_admin = factory.Trait(roles=(Role.AUDIT_ADMIN,))

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **facts: Any) -> User:
        roles, division = facts.pop("roles"), facts.pop("division")
        password = facts.pop("password", PASSWORD)
        user = model_class(**facts)
        user.set_password(password)
        user.save()
        for role in roles:
            grant = RoleGrant(
                user=user,
                role=role,
                organisation=user.organisation if role in MEMBERS else None,
                division_prefix="" if role in MEMBERS else division,
            )
            grant.full_clean()
            grant.save()
        user.__dict__.pop(
            "current_grants", None
        )  # clean() may have looked at the grants before the last was there
        user.__dict__.pop("_scope", None)
        return user
