from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "keqiao.rules"
    label = "rules"
    verbose_name = "规则"

    def ready(self) -> None:
        from keqiao.rules import shelf
        from keqiao.rules.publishing import published_book

        shelf.publish_with(published_book)
