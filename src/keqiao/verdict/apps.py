from django.apps import AppConfig


class VerdictConfig(AppConfig):
    name = "keqiao.verdict"
    label = "verdict"
    verbose_name = "匹配答复"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models are there only now
        from django.db.models.signals import post_save

        from keqiao.matching.adjusting import set_adjuster
        from keqiao.matching.models import MatchRun
        from keqiao.verdict.ranking import AnswersCount
        from keqiao.verdict.spreads import when_a_run_ends

        set_adjuster(AnswersCount())
        post_save.connect(when_a_run_ends, sender=MatchRun, dispatch_uid="verdict.spread")
