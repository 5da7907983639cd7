"""`keqiao manage apitoken create|list|revoke`: keys for machines, printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from keqiao.api.v1.kinds import IntakeKind
from keqiao.core.errors import KeqiaoError
from keqiao.people.models import ApiToken, User
from keqiao.people.tokens import LONGEST_DAYS, NAMES, create_token, revoke_token, tokens_of
from keqiao.registry.intake.kinds import KINDS


def _label(kind: str) -> str:
    return NAMES.get(kind) or KINDS[kind].label


class Command(BaseCommand):
    help = "接口令牌：create 建立（只显示一次），list 列出，revoke 作废"

    def add_arguments(self, parser: ArgumentParser) -> None:
        tasks = parser.add_subparsers(dest="task", required=True, metavar="create|list|revoke")
        create = tasks.add_parser("create", help="为一个账号建立令牌，打印一次")
        create.add_argument("username", help="用户名；须有批量导入的权限")
        kinds = [*(kind.value for kind in IntakeKind), *NAMES]
        names = "，".join(f"{kind} {_label(kind)}" for kind in kinds)
        create.add_argument(
            "--kind",
            required=True,
            choices=kinds,
            help=f"可写入或读取的类型：{names}",
        )
        create.add_argument("--label", default="", help="用途，如 “某高校成果系统”")
        create.add_argument("--days", type=int, default=180, help=f"有效天数，1 到 {LONGEST_DAYS}，默认 180")
        tasks.add_parser("list", help="列出一个账号的有效令牌").add_argument("username", help="用户名")
        tasks.add_parser("revoke", help="作废一个令牌").add_argument("id", help="list 列出的编号")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['task']}")(options)
        except KeqiaoError as refusal:
            raise CommandError(refusal.message) from refusal

    def _create(self, options: dict[str, Any]) -> None:
        user = self._user(options["username"])
        token, text = create_token(
            user=user, kind=options["kind"], by=None, label=options["label"], days=options["days"]
        )
        until = timezone.localtime(token.expires_at)
        self.stdout.write(
            f"已为“{user.username}”建立“{_label(token.kind)}”令牌，{until:%Y-%m-%d} 前有效。只显示这一次："
        )
        self.stdout.write(text)

    def _list(self, options: dict[str, Any]) -> None:
        found = list(tokens_of(self._user(options["username"])))
        for token in found:
            used = (
                f"{timezone.localtime(token.last_used_at):%Y-%m-%d %H:%M}" if token.last_used_at else "未用过"
            )
            self.stdout.write(
                f"{token.public_id}  {_label(token.kind)}  {token.label or '未写用途'}  最近使用：{used}"
            )
        if not found:
            self.stdout.write("没有有效的令牌。")

    def _revoke(self, options: dict[str, Any]) -> None:
        try:
            token = ApiToken.objects.filter(public_id=options["id"]).first()
        except ValidationError:
            token = None
        if token is None:
            raise CommandError(f"没有编号为“{options['id']}”的令牌。请用 apitoken list 查看编号。")
        revoke_token(token=token, by=None)
        self.stdout.write("令牌已作废，立即失效。")

    @staticmethod
    def _user(username: str) -> User:
        user: User | None = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"没有账号“{username}”。请核对用户名，区分大小写。")
        return user
