"""`keqiao account create|reset|unused`: the first administrators, and what two persons do on the server itself."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from keqiao.codes.divisions import prefix_of, resolve
from keqiao.core.errors import BadInput, KeqiaoError
from keqiao.people import actions
from keqiao.people.enums import MEMBERS, Role
from keqiao.people.models import Organisation, User
from keqiao.people.passwords import random_password
from keqiao.people.registration import ROLE_OF_KIND


class Command(BaseCommand):
    help = "账号：create 建立账号并授予角色；reset 重置密码和第二因素；unused 停用长期未用的账号"

    def add_arguments(self, parser: ArgumentParser) -> None:
        tasks = parser.add_subparsers(dest="task", required=True, metavar="create|reset|unused")
        create = tasks.add_parser("create", help="建立账号，打印一次随机密码，首次登录须改")
        create.add_argument("username", help="用户名")
        create.add_argument("--name", required=True, help="姓名")
        create.add_argument(
            "--role", required=True, help="角色：" + "，".join(f"{r.value} {r.label}" for r in Role)
        )
        create.add_argument("--division", default="", help="辖区：区划代码或名称，如 340323、固镇县")
        create.add_argument("--organisation", default="", help="单位名称；没有这家单位就新建")
        reset = tasks.add_parser("reset", help="打印一次新的随机密码，去掉第二因素，退出所有登录")
        reset.add_argument("username", help="用户名")
        tasks.add_parser("unused", help="停用长期未用的账号（每天运行一次）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['task']}")(options)
        except KeqiaoError as refusal:
            raise CommandError(refusal.message) from refusal

    @transaction.atomic
    def _create(self, options: dict[str, Any]) -> None:
        role = self._role(options["role"])
        prefix = self._prefix(options["division"])
        unit = self._unit(options["organisation"], role)
        user, password = actions.create_account(
            username=options["username"], name=options["name"], organisation=unit, by=None
        )
        is_member = role in MEMBERS
        actions.grant_role(
            user=user,
            role=role,
            by=None,
            division_prefix="" if is_member else prefix,
            organisation=unit if is_member else None,
        )
        self.stdout.write(f"已建立账号“{user.username}”（{role.label}）。密码只显示这一次，首次登录须修改：")
        self.stdout.write(password)

    @transaction.atomic
    def _reset(self, options: dict[str, Any]) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"没有账号“{options['username']}”。请核对用户名，区分大小写。")
        password = random_password()
        actions.change_password(user=user, new=password, by=None, must_change=True)
        actions.remove_second_factor(user=user, by=None, reason="服务器上重置")
        actions.unlock_account(username=user.username, by=None)
        if not user.is_active:
            actions.enable_account(user=user, by=None)
        self.stdout.write(
            f"账号“{user.username}”的密码已重置，第二因素已去掉。密码只显示这一次，登录后须修改："
        )
        self.stdout.write(password)

    def _unused(self, options: dict[str, Any]) -> None:
        disabled = actions.disable_unused_accounts(on=timezone.localdate())
        names = "、".join(user.username for user in disabled) or "无"
        self.stdout.write(f"{settings.KEQIAO_UNUSED_DAYS} 天未使用而停用的账号 {len(disabled)} 个：{names}")

    @staticmethod
    def _role(text: str) -> Role:
        for role in Role:
            if text in (role.value, str(role.label)):
                return role
        raise BadInput(f"没有角色“{text}”。可用：{'，'.join(f'{r.value} {r.label}' for r in Role)}。")

    @staticmethod
    def _prefix(text: str) -> str:
        if not text:
            return ""
        found = resolve(text, settings.KEQIAO_HOME_DIVISION)
        if found.division is None and not found.candidates:
            found = resolve(text)
        if found.division is None:
            names = "、".join(row.full_name for row in found.candidates[:6])
            raise BadInput(
                f"“{text}”不是唯一的区划{f'，可能是：{names}' if names else ''}。请写全称或 6 位代码。"
            )
        return prefix_of(found.division.code)

    @staticmethod
    def _unit(name: str, role: Role) -> Organisation | None:
        if not name:
            return None
        kind = next((kind for kind, its_role in ROLE_OF_KIND.items() if its_role == role), None)
        existing = Organisation.objects.current().filter(name=name).first()
        return existing or actions.create_or_find(name=name, kind=kind, by=None).organisation
