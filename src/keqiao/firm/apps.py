from django.apps import AppConfig


class FirmConfig(AppConfig):
    name = "keqiao.firm"
    label = "firm"
    verbose_name = "企业档案"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keqiao.firm.facts import facts_of_all, living  # models exist only now
        from keqiao.rules import firms

        firms.register(facts_of_all, lambda: int(living().count()))
