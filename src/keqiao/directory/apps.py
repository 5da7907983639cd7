from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "keqiao.directory"
    label = "directory"
    verbose_name = "双向清单"
