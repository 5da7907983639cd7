"""Build the tagging model from the shipped lists and `data/tagging.yaml`."""

from typing import Any

from django.core.management.base import BaseCommand

from keqiao.codes.tagging import build


class Command(BaseCommand):
    """Run after changing a list or the words of tagging.yaml."""

    help = "由随附代码表和 tagging.yaml 重建领域建议所用的数据"

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"已写入 {build()} 字节。")
