"""keqiao serve: the site, with its database made ready and its index kept fresh."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from keqiao.operation.readiness import make_ready
from keqiao.operation.server import serve


class Command(BaseCommand):
    help = "启动网站。第一次会建库并载入代码表；检索索引由伴随进程随时更新。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认只在本机")
        parser.add_argument("--port", type=int, default=8000, help="端口，默认 8000")
        parser.add_argument(
            "--workers", type=int, default=min(4, max(2, os.cpu_count() or 2)), help="工作进程数"
        )
        parser.add_argument("--threads", type=int, default=4, help="每个进程的线程数")

    def handle(self, *args: Any, **options: Any) -> None:
        for line in make_ready():
            self.stdout.write(line)
        self.stdout.write(
            f"{settings.KEQIAO_SITE_NAME} 已启动：http://{options['host']}:{options['port']}/ （按 Ctrl+C 停止）"
        )
        sys.stdout.flush()
        serve(
            host=options["host"], port=options["port"], workers=options["workers"], threads=options["threads"]
        )
