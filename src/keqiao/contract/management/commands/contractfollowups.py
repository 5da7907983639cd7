"""keqiao manage contractfollowups: ask firms what became of results; meant for a timer, harmless to repeat."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from keqiao.contract.followup import ask_due


class Command(BaseCommand):
    help = "合同登记满 1、3、5 年时询问成果应用情况。可重复运行。"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"已发出 {ask_due(timezone.localdate())} 份成果回访。")
