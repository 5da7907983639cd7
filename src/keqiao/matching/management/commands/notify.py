"""`keqiao manage notify`: mail the news of due subscriptions. Run it once a day from the system's timer."""

from typing import Any

from django.core.management.base import BaseCommand

from keqiao.matching.index import drain
from keqiao.matching.subscriptions import send_due


class Command(BaseCommand):
    help = "发送到期的搜索订阅通知，每位订阅人至多一封。请由系统定时任务每天运行一次。"

    def handle(self, *args: Any, **options: Any) -> None:
        drain()
        sent = send_due()
        self.stdout.write(f"已发送 {sent} 封订阅通知。")
