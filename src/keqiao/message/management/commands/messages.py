"""`keqiao messages deliver|status|gateway`: hand over what is queued, say how it stands, listen as a gateway would."""

import threading
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db.models import Count
from rich.console import Console
from rich.progress import Progress

from keqiao.core.masks import mask_phone
from keqiao.message.delivery import deliver
from keqiao.message.gateway_fake import fake_gateway
from keqiao.message.models import Message, MessageState


class Command(BaseCommand):
    help = "消息：deliver 发送待发的，status 看各状态条数，gateway 在本机模拟短信网关。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["deliver", "status", "gateway"])
        parser.add_argument("--limit", type=int, default=500, help="一次最多发送多少条，默认 500")
        parser.add_argument("--port", type=int, default=8190, help="模拟网关的端口，默认 8190")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["what"] == "deliver":
            self._deliver(options["limit"])
        elif options["what"] == "gateway":
            self._gateway(options["port"])
        self._status()

    def _deliver(self, limit: int) -> None:
        with Progress(console=Console(stderr=True)) as bars:
            task = bars.add_task("发送消息", total=None)
            done = deliver(limit, progress=lambda at, total: bars.update(task, completed=at, total=total))
        self.stdout.write(
            f"发出 {done.sent} 条，稍后再试 {done.again} 条，失败 {done.failed} 条，只留站内 {done.suppressed} 条。"
        )

    def _status(self) -> None:
        counts = dict(Message.objects.values_list("state").annotate(Count("pk")))
        self.stdout.write(
            "；".join(f"{state.label} {counts.get(state.value, 0)}" for state in MessageState) + "。"
        )

    def _gateway(self, port: int) -> None:
        with fake_gateway(settings.KEQIAO_GATEWAY_SECRET, port=port) as gateway:
            gateway.seen = lambda one: self.stdout.write(f"收到 {mask_phone(one['to'])}：{one['subject']}")
            self.stdout.write(f"模拟网关在 {gateway.url} 等待，按 Ctrl+C 停止。")
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                self.stdout.write("模拟网关已停止。")
