from django.apps import AppConfig


class VerdictConfig(AppConfig):
    name = "keqiao.verdict"
    label = "verdict"
    verbose_name = "匹配答复"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from keqiao.matching.adjusting import set_adjuster  # models are there only now
        from keqiao.verdict.ranking import AnswersCount

        set_adjuster(AnswersCount())
