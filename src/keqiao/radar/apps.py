from django.apps import AppConfig


class RadarConfig(AppConfig):
    name = "keqiao.radar"
    label = "radar"
    verbose_name = "共性需求雷达"
